// Proves the stage itself: what a journey would blame on Guildhall must not be the stage's fault.
import { createTransport } from 'nodemailer';
import { Client } from 'pg';
import { configuration } from '../fixtures/config.ts';
import { makeDatabase } from '../fixtures/database.ts';
import { expect, expectAccessible, stage as test } from '../fixtures/index.ts';

test.describe('the SMTP server', () => {
  const letter = {
    from: 'guildhall@example.com',
    to: 'ann@example.com',
    subject: 'Sign in',
    text: 'Your code is 123456.\nOr open http://127.0.0.1:9/s?t=654321&x=1',
    html: '<p>Code <b>123456</b>, or <a href="http://127.0.0.1:9/s?t=654321&amp;x=1">sign in</a></p>',
  };

  test('keeps a mail with its links and code, and hands it out once', async ({ mail }) => {
    await createTransport(mail.url).sendMail(letter);
    const received = await mail.mailTo('ann@example.com', /^Sign in$/);
    expect(received.code).toBe('123456');
    expect(received.links).toEqual(['http://127.0.0.1:9/s?t=654321&x=1']);
    await expect(mail.mailTo('ann@example.com', undefined, 50)).rejects.toThrow('no new mail to ann@example.com');
    expect(mail.mailsTo('ann@example.com')).toHaveLength(1);
    expect(mail.mailsTo('ben@example.com')).toEqual([]);
  });

  test.describe('with an account and unwilling recipients', () => {
    const account = { user: 'guildhall', password: 'a secret' };
    test.use({ mailOptions: { account } });

    test('asks for it and refuses them', async ({ mail }) => {
      mail.refuse = (address) => (address.startsWith('nobody@') ? { code: 550, words: 'no such mailbox' } : undefined);
      const send = (pass: string, to: string) =>
        createTransport({ host: '127.0.0.1', port: mail.port, auth: { user: account.user, pass } }).sendMail({ ...letter, to });
      await expect(send('a guess', 'ann@example.com')).rejects.toThrow(/535/);
      await expect(send(account.password, 'nobody@example.com')).rejects.toThrow(/550 no such mailbox/);
      await send(account.password, 'ann@example.com');
      await mail.mailTo('ann@example.com');
    });
  });
});

test('the OpenID provider signs a chosen account in and says what the test wants', async ({ page, provider }) => {
  const discovered = await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json();
  expect(discovered.issuer).toBe(provider.issuer);

  provider.add({ sub: 'ben', email: 'ben@elsewhere.example' });
  const ann = provider.add({ sub: 'ann', email: 'ann@example.com', email_verified: false, hd: 'example.com', name: 'Ann' });
  // Nothing answers there but the provider's own 404: where it leads is all that counts.
  const back = `${provider.issuer}/back`;
  const verifier = 'a-verifier-of-at-least-forty-three-characters-and-more';
  const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url');
  const question = new URLSearchParams({
    client_id: provider.clientId,
    redirect_uri: back,
    response_type: 'code',
    scope: 'openid email profile',
    nonce: 'once',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  await page.goto(`${discovered.authorization_endpoint}?${question}`);
  await provider.signIn(page, ann);
  await page.waitForURL(`${back}?**`);

  const code = new URL(page.url()).searchParams.get('code')!;
  const form = { grant_type: 'authorization_code', code, redirect_uri: back, code_verifier: verifier };
  const basic = Buffer.from(`${provider.clientId}:${provider.clientSecret}`).toString('base64');
  const tokens = await fetch(discovered.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams(form),
  });
  expect(tokens.status, await tokens.clone().text()).toBe(200);
  const { id_token: token } = await tokens.json();
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({ iss: provider.issuer, aud: provider.clientId, nonce: 'once', ...ann });
});

test('the browser opens a page, axe judges it, and no other host answers', async ({ page, someoneElse }) => {
  await page.goto('data:text/html,<html lang="en"><title>Hall</title><main><h1>Hall</h1></main></html>');
  await expect(page.getByRole('heading', { name: 'Hall' })).toBeVisible();
  await expectAccessible(page);
  await page.goto('data:text/html,<html lang="en"><title>Hall</title><main><h1>Hall</h1><img src="x"></main></html>');
  await expect(expectAccessible(page)).rejects.toThrow(/image-alt/);

  const other = await someoneElse();
  expect(other.context()).not.toBe(page.context());
  await expect(other.goto('http://example.com/')).rejects.toThrow(/ERR_NAME_NOT_RESOLVED/);
});

test('each test has a database of its own', async ({ database: kind, folder }) => {
  const database = await makeDatabase(kind, folder);
  if (kind === 'sqlite') {
    expect(database.url).toBe(`sqlite://${folder}/guildhall.db`);
    return;
  }
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query('SELECT current_database() AS name');
  await client.end();
  expect(database.url.endsWith(`/${rows[0].name}`)).toBe(true);
  await database.drop();
});

test('the configuration is TOML whatever a secret holds', () => {
  const provider = { id: 'p', title: 'P', issuer: 'http://127.0.0.1:1', clientId: 'c', clientSecret: '"\\\n', domains: ['a', 'b'], google: true };
  const mail = { url: 'smtp://127.0.0.1:1', from: 'a@example.com' };
  const text = configuration({ model: 'standard', port: 1, databaseUrl: 'sqlite:///x', mail, signUp: 'open', organizations: 'anyone', providers: [provider], more: '' });
  expect(text).toContain(String.raw`client_secret = "\"\\\n"`);
  expect(text).toContain('domains = ["a", "b"]\ngoogle = true');
});
