// The page behind an invitation's link, in each of its states.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { askForCode, later, signIn, typeCode } from '../fixtures/sign_in.ts';
import { found, foundAs, invitationLink, joinByLink, nameOneself, Team } from '../fixtures/team.ts';

test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Ben Ruiz', address: 'ben@example.com' };
const EVA = { name: 'Eva Lind', address: 'eva@example.com' };
const INVITE = { open: 'Invite people', field: 'Addresses or handles', send: 'Send invitations' };

test('L-15 W-8 fetching an invitation joins nobody, and its link never signs in who has an account', async ({ page, mail, request, someoneElse }) => {
  const ben = await someoneElse();
  await signIn(ben, mail, BEN.address);
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, `${BEN.address} ${EVA.address}`, 'Member');

  const forEva = await invitationLink(mail, EVA.address);
  for (const scanned of [await request.head(forEva), await request.get(forEva), await request.get(forEva)]) expect(scanned.status()).toBe(200);
  await page.reload();
  await expect(team.row(EVA.address)).toContainText('Invited');

  const elsewhere = await someoneElse();
  const link = await invitationLink(mail, BEN.address);
  await elsewhere.goto(link);
  expect(new URL(elsewhere.url()).pathname, 'the token left the address').toMatch(/^\/join\/inv_[a-z0-9]+$/);
  await expect(elsewhere.getByText(`${ANN.name} invited ${BEN.address}.`)).toBeVisible();
  await expect(elsewhere.getByRole('button', { name: /^Join/ })).toHaveCount(0);
  await expectAccessible(elsewhere);
  await elsewhere.getByRole('link', { name: 'Sign in to join' }).click();
  await askForCode(elsewhere, BEN.address);
  await typeCode(elsewhere, mail, BEN.address);
  await expect(elsewhere.getByRole('heading', { name: 'Join Northwind' })).toBeVisible();
  await expectAccessible(elsewhere);
  const clean = elsewhere.url();
  await elsewhere.getByRole('button', { name: 'Join Northwind' }).click();
  await expect(elsewhere.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();

  await elsewhere.goto(link);
  await expect(elsewhere.getByRole('heading', { name: 'You already belong to Northwind' })).toBeVisible();
  await expectAccessible(elsewhere);
  const nobody = await someoneElse();
  await nobody.goto(link);
  await expect(nobody.getByRole('heading', { name: 'This invitation was accepted' })).toBeVisible();
  await expectAccessible(nobody);
  const another = await someoneElse();
  await another.goto(clean);
  await expect(another.getByRole('heading', { name: 'Open the link once more' }), 'its address alone opens nothing').toBeVisible();
  await expectAccessible(another);
});

test('opened as somebody else: the address is added to that account by its code, or the user is changed', async ({ page, mail, someoneElse }) => {
  const [grace, ben] = [await someoneElse(), await someoneElse()];
  await signIn(grace, mail, 'grace@example.com');
  await nameOneself(grace, 'Grace Liu');
  await signIn(ben, mail, BEN.address);
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, `${BEN.address} ${EVA.address}`, 'Member');

  await grace.goto(await invitationLink(mail, BEN.address));
  await expect(grace.getByText(`${BEN.address} belongs to somebody else’s account`)).toBeVisible();
  await expect(grace.getByRole('button', { name: /^Add the address/ })).toHaveCount(0);
  await expectAccessible(grace);
  await grace.getByRole('button', { name: 'Change user' }).click();
  await askForCode(grace, 'grace@example.com');
  await typeCode(grace, mail, 'grace@example.com');

  await grace.goto(await invitationLink(mail, EVA.address));
  await expect(grace.getByText('You are signed in as Grace Liu')).toBeVisible();
  await expectAccessible(grace);
  await grace.getByRole('button', { name: 'Add the address' }).click();
  await expect(grace.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
  await expectAccessible(grace);
  await typeCode(grace, mail, EVA.address);
  await grace.getByRole('button', { name: 'Join Northwind' }).click();
  await expect(grace.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();
  await grace.goto('/profile/addresses');
  await expect(grace.getByRole('listitem').filter({ hasText: EVA.address })).toBeVisible();
  await team.open();
  await expect(team.row('Grace Liu')).toContainText('Joined');
  await expect(team.row(EVA.address)).toHaveCount(0);
});

test('an invitation that was declined, is not wanted, or has expired', async ({ page, mail, guildhall, someoneElse }) => {
  const ben = await someoneElse();
  await signIn(ben, mail, BEN.address);
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, `${BEN.address} ${EVA.address} fay@example.com`, 'Member');

  const forBen = await invitationLink(mail, BEN.address);
  await ben.goto(forBen);
  await ben.getByRole('button', { name: 'Decline' }).click();
  await ben.goto(forBen);
  await expect(ben.getByRole('heading', { name: 'This invitation was declined' })).toBeVisible();
  await expectAccessible(ben);
  await page.reload();
  await expect(team.row(BEN.address)).toContainText('Declined');

  const eva = await someoneElse();
  const forEva = await invitationLink(mail, EVA.address);
  await eva.goto(forEva);
  await eva.getByRole('link', { name: 'I don’t know these people' }).click();
  const noMore = eva.getByRole('button', { name: 'No more mail from them' });
  await expect(noMore).toBeVisible();
  await expectAccessible(eva);
  await noMore.click();
  await expect(eva.getByText('The invitation is withdrawn.')).toBeVisible();
  await eva.goto(forEva);
  await expect(eva.getByRole('heading', { name: 'This invitation was withdrawn' })).toBeVisible();
  await expectAccessible(eva);

  const forFay = await invitationLink(mail, 'fay@example.com');
  guildhall.clock.forward({ days: 7, minutes: 1 });
  await eva.goto(forFay);
  await expect(eva.getByRole('heading', { name: 'This invitation has expired' })).toBeVisible();
  await expect(eva.getByText(`${ANN.name} can invite you again.`)).toBeVisible();
  await expectAccessible(eva);
  await signIn(page, mail, ANN.address, `/o/${team.slug}/people`);
  await expect(team.row('fay@example.com')).toContainText('Expired');
  await (await team.more('fay@example.com')).getByRole('link', { name: 'Invite again' }).click();
  await team.panel(/./).getByRole('button', { name: INVITE.send }).click();
  await expect(team.row('fay@example.com')).toContainText('Invited');
  await eva.goto(await invitationLink(mail, 'fay@example.com'));
  await expect(eva.getByRole('heading', { name: 'Join Northwind' })).toBeVisible();
});

test('where several wait one chooses, and is switched nowhere', async ({ page, mail, someoneElse }) => {
  const first = await foundAs(page, mail, ANN, 'Northwind');
  await first.invite(INVITE, EVA.address, 'Viewer');
  const second = new Team(page, await found(page, 'Adventure Works'));
  await second.open();
  await second.invite(INVITE, EVA.address, 'Admin');

  const eva = await someoneElse();
  await signIn(eva, mail, EVA.address);
  await expect(eva.getByRole('heading', { name: '2 invitations wait for you' })).toBeVisible();
  await expectAccessible(eva);
  await eva.getByRole('button', { name: 'Join Adventure Works' }).click();
  await eva.waitForURL(`**/o/${second.slug}/**`);
  await eva.goto('/organizations');
  const rows = eva.getByRole('main').getByRole('listitem');
  await expect(rows.filter({ hasText: 'Adventure Works' })).toContainText('Admin');
  await expectAccessible(eva);
  await eva.getByRole('button', { name: 'Decline Northwind' }).click();
  await eva.goto('/organizations');
  await expect(rows.filter({ hasText: 'Northwind' })).toHaveCount(0);
});

test('L-14 an invitation is worth what its sender may still give, and ends with who is removed', async ({ page, mail, someoneElse }) => {
  const team = await foundAs(page, mail, ANN, 'Northwind');
  await team.invite(INVITE, BEN.address, 'Admin');
  const ben = await someoneElse();
  await joinByLink(ben, mail, BEN);
  const asBen = new Team(ben, team.slug);
  await asBen.open();
  await asBen.invite(INVITE, `${EVA.address} fay@example.com`, 'Member');
  const [forEva, forFay] = [await invitationLink(mail, EVA.address), await invitationLink(mail, 'fay@example.com')];
  await team.open();
  await (await team.roles(BEN.name)).getByRole('button', { name: /^Viewer/ }).click();
  await expect(team.roleButton(BEN.name)).toHaveText('Viewer');

  const eva = await someoneElse();
  await eva.goto(forEva);
  await eva.getByLabel('Your name').fill(EVA.name);
  await eva.getByRole('button', { name: 'Join Northwind' }).click();
  await expect(eva.getByRole('alert')).toHaveText('Whoever invited you can no longer invite people. Ask someone there to invite you again.');
  await expectAccessible(eva);
  await page.reload();
  await expect(team.row(EVA.name), 'nobody joined').toHaveCount(0);
  await expect(team.row(EVA.address)).toContainText(`Invited by ${BEN.name}`);

  await test.step('who may, renews it, and the same link works', async () => {
    await (await team.more(EVA.address)).getByRole('link', { name: 'Invite again' }).click();
    await team.panel(/./).getByRole('button', { name: INVITE.send }).click();
    await expect(team.row(EVA.address)).toContainText(`Invited by ${ANN.name}`);
    await eva.goto(forEva);
    await eva.getByLabel('Your name').fill(EVA.name);
    await eva.getByRole('button', { name: 'Join Northwind' }).click();
    await later(eva);
    await expect(eva.getByRole('heading', { name: 'People', level: 1 })).toBeVisible();
    await page.reload();
    await expect(team.roleButton(EVA.name)).toHaveText('Member');
  });

  await test.step('what a removed person sent is withdrawn', async () => {
    await (await team.more(BEN.name)).getByRole('link', { name: 'Remove' }).click();
    const dialog = team.panel(`Remove ${BEN.name} from Northwind?`);
    await expect(dialog).toContainText('They invited fay@example.com. Those invitations are withdrawn, unless you take them over.');
    await dialog.getByRole('button', { name: 'Remove Ben' }).click();
    await expect(team.row(BEN.name)).toHaveCount(0);
    await expect(team.row('fay@example.com')).toHaveCount(0);
    const fay = await someoneElse();
    await fay.goto(forFay);
    await expect(fay.getByRole('heading', { name: 'This invitation was withdrawn' })).toBeVisible();
    await expect(fay.getByRole('button', { name: /^Join/ })).toHaveCount(0);
  });
});
