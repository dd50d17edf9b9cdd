// Starts Chromium, prints its process id and waits to be killed.
import { startChromium } from "../../dev/chromium.ts";

const browser = await startChromium();
const session = await browser.newBrowserCDPSession();
const { processInfo } = await session.send("SystemInfo.getProcessInfo");
console.log(processInfo.find(({ type }) => type === "browser")?.id);
setInterval(() => {}, 60_000);
