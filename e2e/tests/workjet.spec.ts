// The main journey: from the first sign-in to the end of an organization, in the words of Workjet's Portal.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { later, signIn } from '../fixtures/sign_in.ts';
import { fact, foundAs, invitationLink, joinByLink, openMenu, Team } from '../fixtures/team.ts';

test.use({ model: 'workjet' });
test.slow();

const INVITE = { open: 'Invite User', field: 'Email address', send: 'Send Invite' };
const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };
const EVA = { name: 'Eva Lind', address: 'eva@example.com' };

test('W-1 W-3 W-4 W-5 W-6 W-7 W-8 an owner invites by real mail and the guest joins by its link', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await expect(page.getByRole('navigation', { name: 'Northwind' }).getByRole('link', { name: 'Team' })).toHaveAttribute('aria-current', 'page');
  await expect(page.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
  await expectAccessible(page);

  const form = await team.fillInvitation(INVITE, BEN.address);
  await expectAccessible(page);
  await expect(form.getByRole('radio')).toHaveCount(2);
  await expect(form.getByRole('radio', { name: /^Owner/ })).toHaveCount(0);
  await form.getByRole('radio', { name: /^Admin/ }).check();
  await form.getByRole('button', { name: 'Send Invite' }).click();
  await expect(team.row(BEN.address)).toContainText('Invited');
  await expect(team.row(BEN.address)).toContainText('Admin');
  await expect(team.row(BEN.address)).toContainText(`Invited by ${ANN.name}`);
  await expectAccessible(page);

  const ben = await someoneElse();
  const link = await invitationLink(mail, BEN.address);
  await ben.goto(link);
  await expect(ben.getByRole('heading', { name: 'Join Northwind' })).toBeVisible();
  await expectAccessible(ben);
  await ben.getByLabel('Your name').fill(BEN.name);
  await ben.getByRole('button', { name: 'Join Northwind' }).click();
  await later(ben);
  await expect(ben.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
  await page.reload();
  await expect(team.row(BEN.name)).toContainText('Joined');
});

test.describe('with an admin and a member', () => {
  test('W-2 W-19 W-27 W-28 W-29 W-30 W-32 W-33 W-34 W-36 L-4 L-5 roles, and removal cuts off at the next click', async ({ page, mail, someoneElse }) => {
    const team = await foundAs(page, mail, ANN, 'Northwind');
    await team.invite(INVITE, BEN.address, 'Admin');
    await team.invite(INVITE, EVA.address, 'Member');
    const [ben, eva] = [await someoneElse(), await someoneElse()];
    await joinByLink(ben, mail, BEN);
    await joinByLink(eva, mail, EVA);

    await test.step('an admin invites; the owner is locked to them, and so is Admin, with who could', async () => {
      const asBen = new Team(ben, team.slug);
      await asBen.open();
      await expectAccessible(ben);
      await asBen.row(ANN.name).getByRole('button', { name: /Owner/ }).click();
      await expect(openMenu(ben)).toContainText('There is exactly one Owner. Only “Transfer ownership” changes who that is.');
      await ben.keyboard.press('Escape');
      const roles = await asBen.roles(EVA.name);
      await expect(roles).toContainText('Only the owner can make someone an admin');
      await expect(roles.getByRole('link', { name: /^Admin/ })).toHaveCount(0);
      await expectAccessible(ben);
      await ben.keyboard.press('Escape');
      const form = await asBen.fillInvitation(INVITE, 'fay@example.com');
      await expect(form.getByRole('radio', { name: 'Admin: Only the owner can make someone an admin' })).toBeDisabled();
      await form.getByRole('radio', { name: /^Member/ }).check();
      await form.getByRole('button', { name: 'Send Invite' }).click();
      await expect(asBen.row('fay@example.com')).toContainText(`Invited by ${BEN.name}`);
    });

    await test.step('the owner finds her, and promotes her after a confirmation', async () => {
      await team.open();
      // Counted in the page, where leaving the field and asking for a list are one step.
      await page.evaluate(() => {
        const { dataset } = document.documentElement;
        dataset.requests = '0';
        document.addEventListener('htmx:beforeRequest', () => (dataset.requests = String(Number(dataset.requests) + 1)));
      });
      await page.getByRole('searchbox').fill('eva');
      await expect(team.row(BEN.name)).toHaveCount(0);
      const roles = await team.roles(EVA.name);
      const requests = await page.evaluate(() => document.documentElement.dataset.requests);
      expect(requests, 'leaving the field lists nobody again, which would close the menu').toBe('1');
      await roles.getByRole('link', { name: /^Admin/ }).click();
      const confirm = team.panel(`Change the role of ${EVA.name} to Admin?`);
      await expect(confirm).toContainText('Can then');
      await expectAccessible(page);
      await confirm.getByRole('link', { name: 'Cancel' }).click();
      await expect(team.roleButton(EVA.name)).toHaveText('Member');
      await (await team.roles(EVA.name)).getByRole('link', { name: /^Admin/ }).click();
      await confirm.getByRole('button', { name: 'Change role' }).click();
      await expect(page.getByRole('status').filter({ hasText: `${EVA.name}: Admin, was Member.` })).toBeVisible();
      await expect(team.roleButton(EVA.name)).toHaveText('Admin');
    });

    await test.step('an admin removes her: the dialog says what ends, and her next click is the last', async () => {
      await eva.goto(`/o/${team.slug}/people`);
      await expect(eva.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
      const asEva = new Team(eva, team.slug);
      await asEva.invite(INVITE, 'guest@example.com', 'Member');
      const elsewhere = await someoneElse();
      await signIn(elsewhere, mail, EVA.address, `/o/${team.slug}/people`);
      await expect(elsewhere.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
      const asBen = new Team(ben, team.slug);
      await asBen.open();
      await (await asBen.more(EVA.name)).getByRole('link', { name: 'Remove' }).click();
      const dialog = asBen.panel(`Remove ${EVA.name} from Northwind?`);
      await expect(dialog).toContainText('Eva loses access at once.');
      await expect(fact(dialog, 'Role')).toHaveText('Admin');
      await expect(fact(dialog, 'Invitations they sent that still wait')).toHaveText('1');
      await expect(dialog).toContainText('They invited guest@example.com.');
      await expect(fact(dialog, 'Sessions that lose access')).toHaveText('2');
      await expectAccessible(ben);
      await dialog.getByRole('button', { name: 'Remove Eva' }).click();
      await expect(ben.getByText(`${EVA.name} no longer has access to Northwind.`)).toBeVisible();
      await expect(asBen.row(EVA.name)).toHaveCount(0);
      await expect(asBen.row('guest@example.com')).toHaveCount(0);
      await eva.getByRole('navigation', { name: 'Northwind' }).getByRole('link', { name: 'Team' }).click();
      await expect(eva.getByRole('heading', { name: 'You no longer have access to Northwind' })).toBeVisible();
      await expectAccessible(eva);
      await elsewhere.reload();
      await expect(elsewhere.getByRole('heading', { name: 'You no longer have access to Northwind' })).toBeVisible();
      for (const session of [eva, elsewhere]) {
        await session.goto('/profile');
        await expect(session.getByRole('heading', { name: 'Profile' }), 'her account and her sessions stay hers').toBeVisible();
      }
    });

    await test.step('the Remove button stands in the row too', async () => {
      await team.open();
      await team.row(BEN.name).getByRole('link', { name: /^Remove/ }).click();
      await team.panel(`Remove ${BEN.name} from Northwind?`).getByRole('link', { name: 'Cancel' }).click();
      await expect(team.row(BEN.name)).toBeVisible();
    });
  });

  test('W-2 W-19 a member sees the team and cannot manage it', async ({ page, mail, someoneElse }) => {
    const team = await foundAs(page, mail, ANN, 'Northwind');
    await team.invite(INVITE, EVA.address, 'Member');
    const eva = await someoneElse();
    await joinByLink(eva, mail, EVA);
    const asEva = new Team(eva, team.slug);
    await asEva.open();
    await expect(eva.getByText(/Only Owner and Admin can change roles/)).toBeVisible();
    await expect(eva.getByRole('link', { name: 'Invite User' })).toHaveCount(0);
    await expect(eva.getByRole('button', { name: /^Role of/ })).toHaveCount(0);
    await expect(eva.getByRole('link', { name: /^Remove/ })).toHaveCount(0);
    const menu = await asEva.more(ANN.name);
    await expect(menu.getByRole('link')).toHaveText(['View person']);
    await eva.keyboard.press('Escape');
    await expectAccessible(eva);

    const ann = await asEva.row(ANN.name).getByRole('link', { name: ANN.name }).getAttribute('href');
    for (const [path, refused] of [
      [`/o/${team.slug}/invite`, 'Only Owner and Admin can invite people.'],
      [`${ann}/remove`, 'Only Owner and Admin can remove people.'],
      [`${ann}/roles`, 'Only Owner and Admin can change roles.'],
    ] as const) {
      await eva.goto(path);
      await expect(eva.getByText(refused)).toBeVisible();
      await expectAccessible(eva);
    }
  });

  test('W-25 W-26 W-31 L-2 ownership is transferred by typing the name, and the new owner deletes the organization', async ({ page, mail, someoneElse }) => {
    const team = await foundAs(page, mail, ANN, 'Northwind');
    await team.invite(INVITE, BEN.address, 'Member');
    await team.invite(INVITE, EVA.address, 'Member');
    const ben = await someoneElse();
    await joinByLink(ben, mail, BEN);
    await joinByLink(await someoneElse(), mail, EVA);
    await team.open();
    await (await team.more(EVA.name)).getByRole('link', { name: 'Suspend' }).click();
    await team.panel(/^Suspend Eva Lind/).getByRole('button', { name: 'Suspend Eva' }).click();
    await expect(team.row(EVA.name)).toContainText('Suspended');

    await page.goto(`/o/${team.slug}/settings`);
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Transfer ownership' }).click();
    const transfer = team.panel(/^Transfer ownership/);
    await expectAccessible(page);
    const heir = transfer.getByLabel('New Owner');
    await expect(heir.getByRole('option'), 'who is suspended is not offered').toHaveText(['Choose somebody', `${BEN.name} (${BEN.address})`]);
    await heir.selectOption({ label: `${BEN.name} (${BEN.address})` });
    const act = transfer.getByRole('button', { name: /^Transfer ownership/ });
    await expect(act).toBeDisabled();
    await transfer.getByRole('textbox').fill('Northwind');
    await act.click();
    await expect(page.getByText('Ben Ruiz is Owner of Northwind now.')).toBeVisible();
    await team.open();
    await expect(team.row(BEN.name)).toContainText('Owner');
    await expect(team.row(ANN.name)).toContainText('Admin');
    await mail.mailTo(BEN.address, /You now own Northwind/);

    for (const [path, refused] of [
      ['transfer', 'Only Owner can transfer ownership.'],
      ['delete', 'Only Owner can delete this organization.'],
    ] as const) {
      await page.goto(`/o/${team.slug}/${path}`);
      await expect(page.getByText(refused)).toBeVisible();
    }
    await ben.goto(`/o/${team.slug}/settings`);
    await ben.getByRole('link', { name: /^Delete/ }).click();
    const asBen = new Team(ben, team.slug);
    const deletion = asBen.panel('Delete Northwind?');
    await expectAccessible(ben);
    await expect(deletion.getByRole('button', { name: 'Delete Northwind' })).toBeDisabled();
    await deletion.getByRole('textbox').fill('Northwind');
    await deletion.getByRole('button', { name: 'Delete Northwind' }).click();
    await expect(ben.getByText(/^Northwind is deleted\./)).toBeVisible();

    await page.goto(`/o/${team.slug}/people`);
    await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
    await expectAccessible(page);
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'You don’t belong to an organization yet' }), 'the session of another member goes on').toBeVisible();
    await page.goto('/organizations');
    await expect(page.getByText('You belong to 0 organizations.')).toBeVisible();
  });
});
