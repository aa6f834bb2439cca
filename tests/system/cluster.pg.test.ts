import { startCluster } from "../cluster/cluster.ts"
import { generous } from "./doors.ts"
import { systemSuite } from "./suite.ts"

systemSuite("three nodes behind a balancer", async () => {
  const { url, nodes, stop } = await startCluster({ nodes: 3, settings: generous })
  return { url, nodes: nodes.map((node) => node.url), stop }
})
