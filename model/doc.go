// Package model is the vocabulary of trustdeck: repositories, roles, keys,
// signatures, targets, and the verdicts about them.
//
// It is pure. It knows no disk, network, clock or terminal, and no encoding:
// the dialect packages below it (model/notary) turn bytes into these values and
// fill in every verdict. Nothing outside a dialect package computes a verdict;
// screens, reports and plans only read them.
//
// Values of this package are read-only once a dialect has returned them, so
// they may be shared between goroutines.
package model
