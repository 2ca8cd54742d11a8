// Team Management of Appcircle: a field above the list, roles per module, everybody an owner somewhere.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { foundAs, invitationLink, joinByLink, Team } from '../fixtures/team.ts';

test.use({ model: 'appcircle' });
test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };
const EVA = 'eva@example.com';

async function add(team: Team, address: string): Promise<void> {
  await team.page.getByLabel('Email address', { exact: true }).fill(address);
  await team.page.getByRole('button', { name: 'Add a New User' }).click();
  await expect(team.row(address)).toContainText('Pending');
}

test('A-6 A-7 A-8 A-9 A-10 A-20 an owner adds by the field, resends, revokes and searches', async ({ page, mail, guildhall, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind Mobile');
  await expect(page.getByRole('heading', { name: 'Team Management', level: 1 })).toBeVisible();
  await add(team, BEN.address);
  await add(team, EVA);
  await expectAccessible(page);

  await joinByLink(await someoneElse(), mail, BEN);
  await team.open();
  await expect(team.row(BEN.name)).toContainText('Member');
  await expect(team.row(BEN.name)).toContainText('Viewer in 12 modules');

  const first = await invitationLink(mail, EVA);
  guildhall.clock.forward({ hours: 1, minutes: 1 });
  await team.open();
  await team.row(EVA).getByRole('button', { name: /^Resend/ }).click();
  expect((await mail.mailTo(EVA, /^Reminder/, 25_000)).links).toContain(first);

  const search = page.getByRole('searchbox', { name: 'Search by email address' });
  await search.fill('eva@');
  await expect(team.row(BEN.name)).toHaveCount(0);
  await expect(team.row(EVA)).toBeVisible();
  await search.fill('ben@');
  await expect(team.row(EVA)).toHaveCount(0);
  await expect(team.row(BEN.name)).toBeVisible();
  await search.fill('');

  await team.row(EVA).getByRole('link', { name: /^Delete/ }).click();
  await team.panel(/./).getByRole('button', { name: /^Delete/ }).click();
  await expect(team.row(EVA)).toHaveCount(0);
  const eva = await someoneElse();
  await eva.goto(first);
  await expect(eva.getByRole('heading', { name: /withdrawn/ })).toBeVisible();
});

test('A-11 A-12 A-13 A-14 A-22 A-26 Manage Roles gives roles per module, and Delete ends membership', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind Mobile');
  await add(team, BEN.address);
  const ben = await someoneElse();
  await joinByLink(ben, mail, BEN);
  await team.open();

  await team.row(BEN.name).getByRole('link', { name: `Manage Roles of ${BEN.name}` }).click();
  const modal = team.panel('Manage Roles');
  await expect(modal.getByRole('navigation', { name: 'Where the roles hold' })).toContainText('Northwind Mobile');
  const build = modal.getByRole('group', { name: 'Build' });
  await expect(build.getByRole('checkbox', { name: 'Viewer' })).toBeChecked();
  await build.getByRole('checkbox', { name: 'Manager' }).check();
  await expectAccessible(page);
  await modal.getByRole('button', { name: 'Save roles' }).click();
  await expect(team.row(BEN.name)).toContainText('Roles in 12 modules');
  await team.row(BEN.name).getByRole('link', { name: `Manage Roles of ${BEN.name}` }).click();
  await expect(build.getByRole('checkbox', { name: 'Manager' })).toBeChecked();

  await modal.getByRole('link', { name: 'What each role may do' }).click();
  await expect(page.getByRole('heading', { name: 'Role Management', level: 1 })).toBeVisible();
  await expectAccessible(page);

  await team.open();
  await team.row(BEN.name).getByRole('link', { name: `Delete ${BEN.name}` }).click();
  await team.panel(`Delete ${BEN.name} from Northwind Mobile?`).getByRole('button', { name: 'Delete Ben' }).click();
  await expect(team.row(BEN.name)).toHaveCount(0);
  await ben.goto('/organizations');
  await expect(ben.getByRole('main')).toContainText('Personal');
  await expect(ben.getByRole('main')).toContainText('Owner');
  await expectAccessible(ben);
});

test('A-5 nobody gives up the last organization they own; who is removed from it by another gets one', async ({ page, mail, someoneElse }) => {
  const last = 'This is the last organization you own, and everyone owns at least one.';
  const team = await foundAs(page, mail, ANN, 'Northwind Mobile');
  await add(team, BEN.address);
  const ben = await someoneElse();
  await joinByLink(ben, mail, BEN);
  const asBen = new Team(ben, team.slug);
  const manageRoles = async (by: Team) => {
    await by.open();
    await by.row(BEN.name).getByRole('link', { name: `Manage Roles of ${BEN.name}` }).click();
    return by.panel('Manage Roles');
  };

  await test.step('a second owner, who owns another, may leave', async () => {
    const modal = await manageRoles(team);
    await modal.getByRole('checkbox', { name: /^Owner/ }).check();
    await modal.getByRole('button', { name: 'Save roles' }).click();
    await expect(team.row(BEN.name)).toContainText('Owner');
    await ben.goto(`/o/${team.slug}/leave`);
    await expect(ben.getByRole('button', { name: 'Leave Northwind Mobile' })).toBeVisible();
  });

  const organizations = ben.getByRole('main').getByRole('listitem');
  await test.step('without the other, it is the last: not left, not given up, not deleted', async () => {
    await ben.goto('/organizations');
    await expect(organizations).toHaveCount(2);
    const personal = await organizations.filter({ hasText: 'Personal' }).getByRole('link').getAttribute('href');
    await ben.goto(`${personal}/delete`);
    await ben.getByRole('textbox').fill('Personal');
    await ben.getByRole('button', { name: 'Delete Personal' }).click();
    await expect(ben.getByText(/^Personal is deleted\./)).toBeVisible();
    await expect(organizations).toHaveCount(1);

    await ben.goto(`/o/${team.slug}/leave`);
    await expect(ben.getByRole('alert')).toContainText(last);
    await expect(ben.getByRole('button', { name: /^Leave/ })).toHaveCount(0);
    await expectAccessible(ben);

    const modal = await manageRoles(asBen);
    await modal.getByRole('checkbox', { name: /^Owner/ }).uncheck();
    await modal.getByRole('group', { name: 'Build' }).getByRole('checkbox', { name: 'Manager' }).check();
    await modal.getByRole('button', { name: 'Save roles' }).click();
    await expect(modal.getByRole('alert')).toContainText(last);
    await expectAccessible(ben);
    await asBen.open();
    await expect(asBen.row(BEN.name)).toContainText('Owner');

    await ben.goto(`/o/${team.slug}/delete`);
    await ben.getByRole('textbox').fill('Northwind Mobile');
    await ben.getByRole('button', { name: 'Delete Northwind Mobile' }).click();
    await expect(ben.getByRole('alert')).toContainText(last);
    await expectAccessible(ben);
    await asBen.open();
    await expect(asBen.row(ANN.name)).toBeVisible();
  });

  await test.step('another owner removes him, and he owns a new one', async () => {
    await team.open();
    await team.row(BEN.name).getByRole('link', { name: `Delete ${BEN.name}` }).click();
    await team.panel(`Delete ${BEN.name} from Northwind Mobile?`).getByRole('button', { name: 'Delete Ben' }).click();
    await expect(team.row(BEN.name)).toHaveCount(0);
    await ben.goto('/organizations');
    await expect(organizations).toHaveCount(1);
    await expect(organizations).toContainText('Personal');
    await expect(organizations).toContainText('Owner');
  });
});
