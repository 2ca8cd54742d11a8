// On a phone, on a smaller one, and with text twice as large: rows become blocks, dialogs fill the screen, and nothing
// scrolls sideways.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from '../fixtures/index.ts';
import { foundAs, joinByLink } from '../fixtures/team.ts';

test.use({ model: 'workjet', hasTouch: true });
test.slow();

const ANN = { name: 'Ann Okafor', address: 'ann@example.com' };
const BEN = { name: 'Wolfgang Amadeus Rumpelstilzchen-Siebenbürgen', address: 'wolfgang.rumpelstilzchen-siebenbuergen@example.com' };
const INVITE = { open: 'Invite User', field: 'Email address', send: 'Send Invite' };

/** As a browser does that enlarges only text: whatever unit a size is stated in. */
async function enlargeText(page: Page, times: number): Promise<void> {
  await page.evaluate((times) => {
    const elements = Array.from(document.querySelectorAll<HTMLElement | SVGElement>('body, body *'));
    // What was enlarged before isn't twice.
    for (const { style } of elements) style.fontSize = style.lineHeight = '';
    const sizes = elements.map((element) => {
      const { fontSize, lineHeight } = getComputedStyle(element);
      return { element, font: parseFloat(fontSize), line: parseFloat(lineHeight) };
    });
    for (const { element, font, line } of sizes) {
      element.style.fontSize = `${font * times}px`;
      if (!Number.isNaN(line)) element.style.lineHeight = `${line * times}px`;
    }
  }, times);
}

async function expectNoSidewaysScrolling(page: Page, text: number): Promise<void> {
  // Before its style sheet is there, a page is as wide as it likes.
  await page.waitForLoadState();
  if (text !== 1) await enlargeText(page, text);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, `pixels that ${page.url()} is wider than the screen, with text at ${text * 100} %`).toBe(0);
}

for (const { width, text } of [{ width: 375, text: 1 }, { width: 320, text: 1 }, { width: 375, text: 2 }, { width: 1280, text: 2 }]) {
  test.describe(`${width} px, ${text * 100} %`, () => {
    test.use({ viewport: { width, height: 720 } });

    test(`W-27 W-28 W-32 the people page and its dialogs fit a screen of ${width} px with text at ${text * 100} %`, async ({ page, mail, someoneElse }) => {
      const team = await foundAs(page, mail, ANN, 'Northwind Traders of the Western Hemisphere');
      const looksRight = async () => {
        await expectNoSidewaysScrolling(page, text);
        if (text === 1) await expectAccessible(page);
      };
      await looksRight();
      const form = await team.fillInvitation(INVITE, BEN.address, 'Member');
      await looksRight();
      await form.getByRole('button', { name: INVITE.send }).click();
      await expect(team.row(BEN.address)).toBeVisible();
      await looksRight();
      await joinByLink(await someoneElse(), mail, BEN);
      await team.open();
      await expect(team.row(BEN.name)).toBeVisible();
      await looksRight();

      await (await team.roles(BEN.name)).getByRole('link', { name: /^Admin/ }).click();
      await expect(team.panel(/^Change the role/)).toBeVisible();
      await looksRight();
      await page.getByRole('link', { name: 'Cancel' }).click();
      await (await team.more(BEN.name)).getByRole('link', { name: 'Remove' }).click();
      const removal = team.panel(/^Remove/);
      await expect(removal).toBeVisible();
      await looksRight();
      if (width < 640) {
        const box = (await removal.boundingBox())!;
        expect(box.height, 'a dialog fills the screen').toBeGreaterThan(700);
      }
      await removal.getByRole('link', { name: 'Cancel' }).click();

      if (width < 960) await page.getByRole('button', { name: 'Menu' }).click();
      await expectNoSidewaysScrolling(page, text);
      await page.getByRole('navigation').getByRole('link', { name: 'Team' }).click();
      await expect(page.getByRole('heading', { name: 'Team', level: 1 })).toBeVisible();
      for (const path of [`/o/${team.slug}/settings`, `/o/${team.slug}/transfer`, '/profile', '/profile/addresses', '/profile/sessions', '/organizations', '/new']) {
        await page.goto(path);
        await expectNoSidewaysScrolling(page, text);
      }
    });
  });
}
