/** What the scripts are called; a test holds the list against the scripts. */
export const scheduleNames: readonly string[] = [
  'deaf-to-views',
  'join-during-isolation',
  'commit-to-witness-lost',
  'witness-restarts',
  'leader-dies-at-commit',
  'acceptor-restarts',
  'electorate-moves',
  'names-come-and-go',
  'skipped-view',
  'late-join',
  'quiet-crowd',
  'link-lags',
  'restart-unnoticed',
  'quiet-rings',
  'quiet-ranges',
  'quiet-conversions',
]
