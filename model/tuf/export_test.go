package tuf

// MatchPath is matchPath.
var MatchPath = matchPath
