/** What can be configured, and where it comes from: flags, environment and a file. */
export type { Configuration, ConfigurationSources } from './configuration.ts'
export { readConfiguration } from './configuration.ts'
export type { NodeSettings, PeerSetting, SettingFlag } from './setting.ts'
export { settingFlags } from './setting.ts'
