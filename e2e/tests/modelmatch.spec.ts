// Members of a Model Match workspace.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { foundAs, invitationLink, joinByLink, Team } from '../fixtures/team.ts';

test.use({ model: 'modelmatch' });
test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };
const EVA = 'eva@example.com';
const INVITE = { open: 'Invite members', field: 'Email addresses or handles', send: 'Send invitations' };

test('M-7 M-14 M-15 members see and invite each other; cancelling an invitation is a permission of its own', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await expect(page.getByRole('heading', { name: 'Members', level: 1 })).toBeVisible();
  await team.invite(INVITE, BEN.address, 'Member');
  await expect(team.row(BEN.address)).toContainText('Invited');
  const ben = await someoneElse();
  await joinByLink(ben, mail, BEN);

  const asBen = new Team(ben, team.slug);
  await asBen.open();
  await expect(asBen.row(ANN.name)).toContainText('Owner');
  const form = await asBen.fillInvitation(INVITE, `${EVA} fay@example.com`);
  await expect(form.getByRole('radio', { name: /^Admin/ }), 'one invites with roles up to one’s own').toBeDisabled();
  await expectAccessible(ben);
  await form.getByRole('radio', { name: /^Viewer/ }).check();
  await form.getByRole('button', { name: 'Send invitations' }).click();
  await expect(asBen.row(EVA)).toContainText('Viewer');
  await expect(asBen.row('fay@example.com')).toContainText('Viewer');
  await expect((await asBen.more(EVA)).getByText('Cancel invitation')).toHaveCount(0);
  await ben.keyboard.press('Escape');

  const link = await invitationLink(mail, EVA);
  await team.open();
  await (await team.more(EVA)).getByRole('link', { name: 'Cancel invitation' }).click();
  const cancel = team.panel(/./).getByRole('button', { name: /^Cancel invitation/ });
  await expect(cancel).toBeVisible();
  await expectAccessible(page);
  await cancel.click();
  await expect(team.row(EVA)).toHaveCount(0);
  const eva = await someoneElse();
  await eva.goto(link);
  await expect(eva.getByRole('heading', { name: /withdrawn/ })).toBeVisible();
  await expectAccessible(eva);
});
