// Mail as it leaves the binary: how the connection is protected, and what becomes of mail that a server doesn't take.
import type { Page } from '@playwright/test';
import type { Guildhall } from '../fixtures/guildhall.ts';
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import type { MailServer } from '../fixtures/mail.ts';
import { waitFor } from '../fixtures/ports.ts';
import { askForCode, signIn } from '../fixtures/sign_in.ts';
import { foundAs, invitationLink, openMenu, type Team } from '../fixtures/team.ts';

test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = 'ben@example.com';
const INVITE = { open: 'Invite people', field: 'Addresses or handles', send: 'Send invitations' };
// What an address must write otherwise is among them.
const ACCOUNT = { user: 'guildhall@example.com', password: 'a secret: 50%/+@?#' };

/** The line of `doctor` about mail. */
async function diagnosis(guildhall: Guildhall): Promise<string> {
  const { printed } = await guildhall.run('doctor');
  return printed.split('\n').find((line) => line.slice(4).trim().startsWith('mail'))!;
}

/** Asks for a code, and waits for the log to say why its mail didn't leave. */
async function whyNoMail(page: Page, mail: MailServer, guildhall: Guildhall): Promise<string> {
  await page.goto('/sign-in');
  await askForCode(page, ANN.address);
  const line = () => guildhall.output.split('\n').find((line) => line.includes('a mail didn\'t leave'));
  const why = await waitFor(line, () => `no line about a mail that didn't leave:\n${guildhall.output}`);
  expect(mail.mailsTo(ANN.address)).toEqual([]);
  return why;
}

for (const tls of ['starttls', 'first byte'] as const) {
  test.describe(`over TLS (${tls})`, () => {
    test.use({ mailOptions: { account: ACCOUNT, tls } });

    test('mail leaves with the account, and nothing in the clear', async ({ page, mail, guildhall }) => {
      await signIn(page, mail, ANN.address);
      for (const { secure, account } of mail.mailsTo(ANN.address)) expect({ secure, account }).toEqual({ secure: true, account: ACCOUNT.user });
      expect(await diagnosis(guildhall)).toMatch(/^ok .*the server answers/);
    });

    test.describe('where nobody knows who signed the certificate', () => {
      test.use({ mailAuthorityIsKnown: false });

      test('no mail leaves, and the log and `doctor` say why', async ({ page, mail, guildhall }) => {
        expect(await whyNoMail(page, mail, guildhall)).toContain('UnknownIssuer');
        expect(await diagnosis(guildhall)).toMatch(/^BAD .*UnknownIssuer/);
      });
    });
  });
}

test.describe('where somebody in between takes STARTTLS away', () => {
  test.use({ mailOptions: { account: ACCOUNT, tls: 'withheld' } });

  test('no mail leaves in the clear', async ({ page, mail, guildhall }) => {
    expect(await whyNoMail(page, mail, guildhall)).toMatch(/STARTTLS/i);
    expect(await diagnosis(guildhall)).toMatch(/^BAD .*STARTTLS/i);
  });
});

test.describe('a recipient', () => {
  const status = (team: Team) => team.row(BEN).getByRole('button', { name: 'Not delivered' });

  test('refused for now gets the mail on the next try, a minute later', async ({ page, mail, guildhall, someoneElse }) => {
    const team = await foundAs(page, mail, ANN, 'Northwind');
    mail.refuse = (address) => (address === BEN ? { code: 450, words: 'come back later' } : undefined);
    await team.invite(INVITE, BEN, 'Member');
    await waitFor(() => mail.refused[0], () => 'the invitation was not tried');
    const other = await someoneElse();
    // Another mail, after which the worker has looked at what is due.
    const letAnotherLeave = async (address: string) => {
      await other.goto('/sign-in');
      await askForCode(other, address);
      await mail.mailTo(address);
    };
    await letAnotherLeave('eva@example.com');
    await team.open();
    await expect(team.row(BEN)).toContainText('Invited');
    await expect(status(team), 'it is still on its way').toHaveCount(0);

    mail.refuse = () => undefined;
    await letAnotherLeave('fay@example.com');
    expect(mail.mailsTo(BEN), 'not before its time').toEqual([]);
    guildhall.clock.forward({ minutes: 1 });
    await letAnotherLeave('gil@example.com');
    await invitationLink(mail, BEN);
    expect(mail.refused).toEqual([BEN]);
  });

  test('refused for good is shown with the words of the server, and invited again', async ({ page, mail, guildhall, someoneElse }) => {
    const team = await foundAs(page, mail, ANN, 'Northwind');
    mail.refuse = (address) => ({ code: 550, words: `<${address}> no such mailbox here` });
    await team.invite(INVITE, BEN, 'Member');
    await waitFor(() => mail.refused[0], () => 'the invitation was not tried');
    await expect(async () => {
      await team.open();
      await expect(status(team)).toBeVisible({ timeout: 500 });
    }).toPass();
    await status(team).click();
    await expect(openMenu(page)).toContainText('The mail server refused it: 550 (an address) no such mailbox here.');
    await expectAccessible(page);
    await page.keyboard.press('Escape');

    mail.refuse = () => undefined;
    guildhall.clock.forward({ days: 1 });
    await signIn(await someoneElse(), mail, 'eva@example.com');
    expect(mail.mailsTo(BEN), 'the worker looked, and doesn’t try it again by itself').toEqual([]);
    await team.open();
    await (await team.more(BEN)).getByRole('link', { name: 'Invite again' }).click();
    await team.panel(/./).getByRole('button', { name: INVITE.send }).click();
    await invitationLink(mail, BEN);
    await team.open();
    await expect(status(team)).toHaveCount(0);
  });
});
