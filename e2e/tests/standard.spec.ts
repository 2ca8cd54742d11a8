// The standard preset: lists, undo, several people at once, suspension, and two people who change one thing.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { later } from '../fixtures/sign_in.ts';
import { fact, foundAs, invitationLink, joinByLink, Team } from '../fixtures/team.ts';

test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };
const EVA = { name: 'Eva Lind', address: 'eva@example.com' };
const INVITE = { open: 'Invite people', field: 'Addresses or handles', send: 'Send invitations' };

test('names beside addresses are left out, pasted or typed', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await page.getByRole('link', { name: INVITE.open, exact: true }).click();
  const field = team.panel(/./).getByLabel(INVITE.field);
  await expect(page.locator('.chips')).toBeVisible();
  const chips = team.panel(/./).locator('.chip');
  await field.evaluate((input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text', text);
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, `"Long, Eve" <${EVA.address}>, ${BEN.address}`);
  await expect(chips).toHaveText([new RegExp(EVA.address), new RegExp(BEN.address)]);
  await field.pressSequentially('Fay Long <fay@example.com>gus@example.com hal@example.com,');
  await expect(chips).toHaveCount(5);
  await expect(page.getByText('5 of 500', { exact: true })).toBeVisible();
});

test('L-21 L-16 a list is invited row by row, taken back within ten seconds, and invited again', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  const form = await team.fillInvitation(INVITE, `${BEN.address}; ${EVA.address} ${ANN.address} not@@right`, 'Member');
  await expect(form.getByText('1 unclear')).toBeVisible();
  await expect(form.locator('.chip').filter({ hasText: ANN.address })).toContainText('Already here');
  await expect(form.locator('.chip').filter({ hasText: EVA.address })).not.toContainText('Already here');
  await form.getByRole('button', { name: INVITE.send }).click();
  await expect(form.getByRole('alert'), 'nothing is sent while an entry is unclear').toHaveText(/^“not@@right” isn’t an address or handle/);
  await expect(form.getByLabel(INVITE.field)).toBeFocused();
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Remove not@@right' }).click();
  await expect(form.getByRole('alert')).toHaveCount(0);
  await form.getByRole('button', { name: INVITE.send }).click();
  const result = team.panel(/./);
  await expect(result.getByRole('listitem').filter({ hasText: BEN.address })).toContainText('Invited');
  await expect(result.getByRole('listitem').filter({ hasText: ANN.address })).toContainText(/already/i);
  await expectAccessible(page);
  await result.getByRole('link', { name: 'Close' }).last().click();
  await expect(team.row(BEN.address), 'the list behind the result is new').toContainText('Invited');
  await expect(page.getByRole('status').filter({ hasText: 'Invited 2 people as Member.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  const first = await invitationLink(mail, BEN.address);

  await (await team.more(EVA.address)).getByRole('link', { name: /^Revoke/ }).click();
  await team.panel(/./).getByRole('button', { name: /^Revoke/ }).click();
  await expect(team.row(EVA.address)).toHaveCount(0);
  await team.invite(INVITE, 'fay@example.com', 'Viewer');
  await expect(team.row('fay@example.com')).toContainText('Viewer');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(team.row('fay@example.com')).toHaveCount(0);

  await (await team.more(BEN.address)).getByRole('link', { name: 'Invite again' }).click();
  const again = team.panel(/./);
  await expect(again.getByRole('radio', { name: /^Member/ }), 'as it was').toBeChecked();
  await again.getByRole('radio', { name: /^Viewer/ }).check();
  await again.getByRole('button', { name: INVITE.send }).click();
  await expect(page.getByRole('status').filter({ hasText: 'was invited already' })).toContainText('The invitation was sent again as Viewer');
  await expect(team.row(BEN.address)).toHaveCount(1);
  await expect(team.row(BEN.address)).toContainText('Viewer');
  await mail.mailTo(BEN.address, /invited you to Northwind/, 25_000);
  expect(mail.mailsTo('fay@example.com'), 'undone before its mail left').toEqual([]);

  const ben = await someoneElse();
  await test.step('every link mailed for it works, and gives the new role', async () => {
    await ben.goto(first);
    await expect(fact(ben.getByRole('main'), 'Role')).toHaveText('Viewer');
    await ben.getByLabel('Your name').fill(BEN.name);
    await ben.getByRole('button', { name: 'Join Northwind' }).click();
    await later(ben);
    await expect(ben.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();
    await team.open();
    await expect(team.roleButton(BEN.name)).toHaveText('Viewer');
  });

  await test.step('who accepted once and was removed is invited afresh', async () => {
    await (await team.more(BEN.name)).getByRole('link', { name: 'Remove' }).click();
    await team.panel(/^Remove Ben Ruiz/).getByRole('button', { name: 'Remove Ben' }).click();
    await expect(team.row(BEN.name)).toHaveCount(0);
    await team.invite(INVITE, BEN.address, 'Member');
    await ben.goto(await invitationLink(mail, BEN.address));
    await expect(ben.getByRole('heading', { name: 'Join Northwind' })).toBeVisible();
    await ben.getByRole('button', { name: 'Join Northwind' }).click();
    await expect(ben.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();
    await team.open();
    await expect(team.roleButton(BEN.name)).toHaveText('Member');
  });
});

test('L-21 CSV from a file is looked at first, and invites each row with its role', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await page.getByRole('link', { name: INVITE.open, exact: true }).click();
  await team.panel(/./).getByRole('link', { name: 'Invite from CSV' }).click();
  const panel = team.panel('Invite from CSV');
  await expectAccessible(page);
  const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(`email,role\n${BEN.address},Viewer\n${EVA.address},\n`) };
  await panel.getByLabel('Or choose a file').setInputFiles(file);
  await expect(panel.getByLabel('CSV', { exact: true })).toHaveValue(/^email,role/);
  await panel.getByRole('button', { name: 'Review' }).click();
  const review = team.panel(/^Invite 2 people to/);
  await expect(review.getByRole('listitem').filter({ hasText: BEN.address })).toContainText('As Viewer.');
  await expectAccessible(page);
  await review.getByRole('button', { name: INVITE.send }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Invited 2 people.' })).toBeVisible();
  await expect(team.row(BEN.address)).toContainText('Viewer');
  await expect(team.row(EVA.address)).toContainText('Member');
});

test('L-30 several people at once each get a result; suspension holds access and gives it back', async ({ page, mail, guildhall, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, `${BEN.address} ${EVA.address} fay@example.com`, 'Member');
  const [ben, eva] = [await someoneElse(), await someoneElse()];
  await joinByLink(ben, mail, BEN);
  await joinByLink(eva, mail, EVA);
  await team.open();

  for (const who of [BEN.name, EVA.name, 'fay@example.com']) await team.row(who).getByRole('checkbox').check();
  const bar = page.getByRole('form', { name: 'Selected people' });
  await expect(bar).toContainText('3 selected');
  await expectAccessible(page);
  await bar.getByRole('button', { name: 'Change role' }).click();
  await page.getByRole('radio', { name: /^Viewer/ }).check();
  await page.getByRole('button', { name: 'Change role' }).click();
  await expect(page.getByRole('heading', { name: '2 of 3 people done' })).toBeVisible();
  const results = team.panel('2 of 3 people done').getByRole('listitem');
  await expect(results).toHaveCount(3);
  for (const [who, result] of [[BEN.name, 'Viewer now.'], [EVA.name, 'Viewer now.'], ['fay@example.com', 'Nothing to do.']] as const) {
    await expect(results.filter({ hasText: who })).toContainText(result);
  }
  await expectAccessible(page);
  await team.open();
  for (const who of [BEN.name, EVA.name]) await expect(team.roleButton(who)).toHaveText('Viewer');

  await (await team.more(BEN.name)).getByRole('link', { name: 'Suspend' }).click();
  const suspension = team.panel(/^Suspend Ben Ruiz/);
  await expect(suspension).toBeVisible();
  await expectAccessible(page);
  await suspension.getByRole('button', { name: 'Suspend Ben' }).click();
  await expect(team.row(BEN.name)).toContainText('Suspended');
  await ben.goto(`/o/${team.slug}/people`);
  await expect(ben.getByRole('heading', { name: 'Your access to Northwind is suspended' })).toBeVisible();
  await expectAccessible(ben);
  await (await team.more(BEN.name)).getByRole('button', { name: 'Reinstate' }).click();
  await expect(team.row(BEN.name)).toContainText('Joined');
  await ben.goto(`/o/${team.slug}/people`);
  await expect(ben.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();

  await page.getByLabel('Status', { exact: true }).selectOption('Invited');
  await expect(team.row(BEN.name)).toHaveCount(0);
  await expect(team.row('fay@example.com')).toBeVisible();
  const found = page.getByRole('status').filter({ hasText: /found$/ });
  await expect(found).toHaveText('1 found');
  await page.getByRole('searchbox').fill('nobody');
  await expect(found, 'read out, also where nobody is found').toHaveText('Nobody found');
  await expect(page.getByText('Nobody matches “nobody” with status Invited.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Clear filters' }).first().click();
  await page.getByRole('button', { name: 'Person' }).click();
  await expect(page.getByRole('columnheader', { name: 'Person' })).toHaveAttribute('aria-sort', 'descending');

  const choose = async (act: string) => {
    await team.open();
    for (const who of [EVA.name, 'fay@example.com']) await team.row(who).getByRole('checkbox').check();
    await bar.getByRole('button', { name: act, exact: true }).click();
  };
  await test.step('who waits is reminded, who joined is left', async () => {
    guildhall.clock.forward({ hours: 1, minutes: 1 });
    await choose('Resend');
    const reminded = team.panel('1 of 2 people done').getByRole('listitem');
    await expect(reminded.filter({ hasText: 'fay@example.com' })).toContainText('A reminder is on its way.');
    await expect(reminded.filter({ hasText: EVA.name })).toContainText('Nothing to do.');
    await expectAccessible(page);
    await mail.mailTo('fay@example.com', /^Reminder/, 25_000);
  });
  await test.step('removal says what ends, and ends it', async () => {
    await choose('Remove');
    const question = team.panel('Remove 2 people from Northwind?');
    await expect(fact(question, 'People who lose access')).toHaveText('1');
    await expect(fact(question, 'Invitations that are taken back')).toHaveText('1');
    await expect(fact(question, 'Sessions that lose access')).toHaveText('1');
    await expectAccessible(page);
    await question.getByRole('button', { name: 'Remove 2 people' }).click();
    const removed = team.panel('2 of 2 people done').getByRole('listitem');
    await expect(removed.filter({ hasText: EVA.name })).toContainText('No longer has access.');
    await expect(removed.filter({ hasText: 'fay@example.com' })).toContainText('The invitation was taken back.');
    await expectAccessible(page);
    await eva.goto(`/o/${team.slug}/people`);
    await expect(eva.getByRole('heading', { name: 'You no longer have access to Northwind' })).toBeVisible();
    await team.open();
    for (const who of [EVA.name, 'fay@example.com']) await expect(team.row(who)).toHaveCount(0);
  });
});

test('who changes what somebody else has just changed sees both values', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, BEN.address, 'Admin');
  await team.invite(INVITE, EVA.address, 'Member');
  const ben = await someoneElse();
  await joinByLink(ben, mail, BEN);
  await joinByLink(await someoneElse(), mail, EVA);
  const asBen = new Team(ben, team.slug);
  await asBen.open();
  await team.open();
  await (await team.roles(EVA.name)).getByRole('button', { name: /^Admin/ }).click();
  await expect(team.roleButton(EVA.name)).toHaveText('Admin');
  await (await asBen.roles(EVA.name)).getByRole('button', { name: /^Viewer/ }).click();
  await expect(ben.getByRole('alert')).toContainText('Ann Okafor changed this just now.');
  await expectAccessible(ben);
  // It leads back to the list, which shows what she chose.
  await ben.getByRole('button', { name: 'Keep Admin' }).click();
  await expect(asBen.row(EVA.name)).toContainText('Admin');

  await asBen.row(EVA.name).getByRole('link', { name: EVA.name }).click();
  await expect(ben.getByRole('heading', { name: EVA.name, level: 1 })).toBeVisible();
  await expect(ben.getByText('Ann Okafor changed the role from Member to Admin.')).toBeVisible();
  await expectAccessible(ben);
});

test('every dialog is a page too, and each is accessible', async ({ page, mail }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, BEN.address, 'Member');
  for (const path of ['invite', 'settings', 'transfer', 'delete', 'leave', 'roles']) {
    await page.goto(`/o/${team.slug}/${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
  }
  for (const path of ['/new', '/organizations', '/profile/delete', '/invitations', '/nothing-here']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
  }
});
