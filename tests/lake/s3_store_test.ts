import { storeConformance } from "../conformance/store.ts";
import { s3Test, testBucket } from "../support/s3.ts";

storeConformance("s3", async () => {
  const { store } = await testBucket();
  return { store, close: () => Promise.resolve() };
}, s3Test);
