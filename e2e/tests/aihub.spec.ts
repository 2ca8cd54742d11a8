// The members of an organization of AI Hub: everything below Settings, one default role, icons in the rows.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { askForCode, typeCode } from '../fixtures/sign_in.ts';
import { foundAs, invitationLink, joinByLink, openMenu } from '../fixtures/team.ts';

test.use({ model: 'aihub' });
test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };
const EVA = 'eva@example.com';

test('I-3 I-4 I-5 I-6 I-7 I-8 I-11 I-12 I-14 I-16 I-47 an admin adds members by a list, reminds, edits and deletes', async ({
  page, mail, guildhall, someoneElse,
}) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');

  await test.step('the way there: initials, Settings, the organization in the side menu, Add members', async () => {
    await page.goto(`/o/${team.slug}`);
    await page.getByRole('button', { name: `Your account: ${ANN.name}` }).click();
    await openMenu(page).getByRole('link', { name: 'Settings' }).click();
    const side = page.getByRole('navigation', { name: 'Settings' });
    await expect(side).toContainText('Northwind');
    await side.getByRole('link', { name: 'Members' }).click();
    await expect(page.getByRole('heading', { name: 'Members', level: 1 })).toBeVisible();
    await expectAccessible(page);
  });

  await test.step('several addresses with commas; Enter commits', async () => {
    await page.getByRole('link', { name: 'Add members' }).click();
    const form = team.panel(/^Add members/);
    await expect(form.getByRole('radio'), 'all new members get the default role').toHaveCount(0);
    const users = form.getByLabel('Users');
    await users.fill(`${BEN.address},`);
    await users.pressSequentially(EVA);
    await users.press('Enter');
    await expect(form.getByText('2 of')).toBeVisible();
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Add members' }).click();
    await expect(team.row(BEN.address)).toContainText('Invited');
    await expect(team.row(EVA)).toContainText('User');
  });

  await test.step('accepting joins: from Invited to Joined', async () => {
    await joinByLink(await someoneElse(), mail, BEN);
    await team.open();
    await expect(page.getByRole('columnheader', { name: 'Status' })).toBeVisible();
    await expect(team.row(BEN.name)).toContainText('Joined');
    await expect(team.row(EVA)).toContainText('Invited');
  });

  await test.step('the bell reminds, at most once an hour', async () => {
    const first = await invitationLink(mail, EVA);
    await expect(team.row(EVA).getByRole('button', { name: /^Send reminder/ })).toHaveAttribute('aria-disabled', 'true');
    guildhall.clock.forward({ hours: 1, minutes: 1 });
    await page.reload();
    await team.row(EVA).getByRole('button', { name: `Send reminder: ${EVA}` }).click();
    const reminder = await mail.mailTo(EVA, /^Reminder: Ann Okafor invited you to Northwind/, 25_000);
    expect(reminder.links).toContain(first);
    await expect(team.row(EVA).getByRole('button', { name: /Reminded just now/ })).toHaveAttribute('aria-disabled', 'true');
    await expectAccessible(page);
  });

  await test.step('Edit, Role, Save; who makes an admin has signed in lately', async () => {
    const edit = team.panel(`Edit ${BEN.name}`);
    const save = async () => {
      await team.row(BEN.name).getByRole('link', { name: `Edit ${BEN.name}` }).click();
      await edit.getByRole('group', { name: 'Role' }).getByRole('radio', { name: /^Admin/ }).check();
      await expectAccessible(page);
      await edit.getByRole('button', { name: 'Save' }).click();
    };
    await save();
    await expect(page.getByText('This needs a sign-in within the last 15 minutes.')).toBeVisible();
    await askForCode(page, ANN.address);
    await typeCode(page, mail, ANN.address);
    await expect(team.row(BEN.name)).toContainText('User');
    await save();
    await expect(team.row(BEN.name)).toContainText('Admin');
  });

  await test.step('the trash can, then Remove: an invitation, then a member', async () => {
    await team.row(EVA).getByRole('link', { name: /^Remove/ }).click();
    await team.panel(new RegExp(EVA)).getByRole('button', { name: 'Remove invitation' }).click();
    await expect(team.row(EVA)).toHaveCount(0);
    await team.row(BEN.name).getByRole('link', { name: `Delete ${BEN.name}` }).click();
    const remove = team.panel(`Remove ${BEN.name} from Northwind?`).getByRole('button', { name: 'Remove Ben' });
    await expect(remove).toBeVisible();
    await expectAccessible(page);
    await remove.click();
    await expect(team.row(BEN.name)).toHaveCount(0);
  });
});
