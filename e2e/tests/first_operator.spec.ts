// The first start: a link that `serve` prints makes the first operator, who founds the first organization.
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { askForCode, enterCode, signIn, typeCode } from '../fixtures/sign_in.ts';
import { found, Team } from '../fixtures/team.ts';

test.use({ model: 'workjet', signUp: 'invited', organizations: 'operators' });
test.slow();

const ANN = 'ann@example.com';

test('the printed link makes the first operator, once, after the address was proven', async ({ page, mail, guildhall, someoneElse }) => {
  const link = await guildhall.printedLink(/\/operator\/link\//);
  await page.goto(link);
  expect(page.url(), 'the token left the address').toMatch(/\/operator\/first$/);
  await expectAccessible(page);
  await page.getByLabel('Email address').fill(ANN);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { name: 'Check your mail' })).toBeVisible();
  await typeCode(page, mail, ANN);
  await page.getByRole('button', { name: 'Become the operator' }).click();
  await expect(page.getByRole('heading', { name: 'You are the operator' })).toBeVisible();
  await expectAccessible(page);

  const other = await someoneElse();
  await other.goto(link);
  await expect(other.getByRole('heading', { name: 'This link doesn\'t work' })).toBeVisible();
  await expectAccessible(other);

  const team = new Team(page, await found(page, 'Northwind'));
  await team.open();
  await expect(team.row('You')).toContainText('Owner');
});

test('invited people join where nobody else may come, and found nothing', async ({ page, mail, guildhall, someoneElse }) => {
  await page.goto(await guildhall.printedLink(/\/operator\/link\//));
  await page.getByLabel('Email address').fill(ANN);
  await page.getByRole('button', { name: 'Continue' }).click();
  await typeCode(page, mail, ANN);
  await page.getByRole('button', { name: 'Become the operator' }).click();
  const team = new Team(page, await found(page, 'Northwind'));
  await team.open();
  await team.invite({ open: 'Invite User', field: 'Email address', send: 'Send Invite' }, 'eva@example.com', 'Member');

  const eva = await someoneElse();
  await signIn(eva, mail, 'eva@example.com');
  await expect(eva.getByRole('heading', { name: 'Team', level: 1 }), 'W-9: signing in accepts').toBeVisible();
  await eva.goto('/new');
  await expect(eva.getByText('Only an operator can make a new organization here.')).toBeVisible();
  await expectAccessible(eva);

  const stranger = await someoneElse();
  await stranger.goto('/sign-in');
  await askForCode(stranger, 'mallory@example.com');
  await enterCode(stranger, (await mail.mailTo('mallory@example.com')).code!);
  await expect(stranger.getByRole('heading', { name: 'Nobody invited you yet' })).toBeVisible();
});
