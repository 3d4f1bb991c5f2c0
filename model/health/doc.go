// Package health judges a verified repository: one level for lists, and findings with
// their fixes for people. It is pure; the time is Repository.At.
//
// Verification verdicts come from the dialects as model.Problem. Health adds what may
// become a problem: files and certificates that expire soon, signers who can sign
// nothing, thresholds that can't be reached.
package health
