/** The daemon: one node in a process of its own, configured by flags, environment and a file. */
export type { Configuration, ConfigurationSources } from './configuration.ts'
export { readConfiguration } from './configuration.ts'
export type { DaemonOptions } from './daemon.ts'
export { runDaemon } from './daemon.ts'
export type { NodeSettings, PeerSetting, SettingFlag } from './setting.ts'
export { settingFlags } from './setting.ts'
