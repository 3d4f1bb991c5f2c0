// Package health judges a verified repository: one level for lists, and
// findings with the way out for people. It is pure; the moment is that of
// Repository.At.
//
// Verification verdicts come from the dialects as model.Problem. Health adds
// what is not wrong yet: files that expire soon, certificates that expire,
// signers who can sign nothing, thresholds that cannot be reached.
package health
