// Package dialect is the port of a metadata format: what plans, health, use cases and
// screens ask of Notary v1 and TUF 1.0, so that they know neither.
//
// A Dialect reads (Load, Parse), writes (Draft), knows the keys that its files can
// list, and the conventions of the people who use it: what a signer is, what clients
// find. It is pure: no disk, no network, no clock. Verdicts are made behind this port and
// nowhere else. dialecttest holds what every dialect must satisfy.
package dialect
