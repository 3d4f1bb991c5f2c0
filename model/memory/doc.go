// Package memory holds what trustdeck has verified of a repository before, and the
// rules by which that grows: no version that was verified once is forgotten because a
// later answer is older, missing or broken. It is pure and knows no dialect: a dialect
// says what a look has verified, and a store keeps the record.
//
// Entry points: Record, Look, Record.Merge.
package memory
