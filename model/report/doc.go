// Package report is what trustdeck tells other programs: the types of its JSON
// answers, the conversions from model values to them, and the output of
// "docker trust inspect" for those who parse that.
//
// Every answer carries the schema name; docs/json.md lists every member, and a
// test compares that page with the types. Members are only ever added within
// one schema version.
//
// The package is pure: it neither reads nor asks, it knows no terminal and
// computes no verdict. Encode writes an answer so that no string in it, however
// hostile, can move a terminal's cursor.
//
// Entry points: NewRepos, NewInspect, NewTags, NewKeys, NewVerify, NewDoctor,
// NewSigners, NewStatus, NewArchive, NewVersion; Docker and DockerPretty.
package report
