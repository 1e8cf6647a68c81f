/** Lists from outside (spec/api/lists.yaml): what the server says when it has taken one in. The mock reads no file; the counts add up all the same. */
const imported = ({ query }) => !query.dry_run

export const lists = {
  botnet_import: call => ({ imported: imported(call), rows: 5, own: 3, foreign: 2, created: 2, same: 1, again: 1, machines: 2, orders: 2 }),
  firewall_import: call => ({ imported: imported(call), rules: 24, created: 3, changed: 1, same: 20, removed: 2, problems: 4 }),
  neighbours_import: call => ({ imported: imported(call), seen: 31, created: 5, changed: 2, same: 24, machines: 22, devices: 6, unknown: 3 }),
}
