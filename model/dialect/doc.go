// Package dialect is the port of a metadata format. Plans, health, use cases and screens
// ask it, so that they need to know neither Notary v1 nor TUF 1.0.
//
// A Dialect reads (Load, Parse) and writes (Draft). It knows which keys its files can
// list, and the conventions of its users: what a signer is, what clients find. It is
// pure: no disk, no network, no clock. Only code behind this port makes verdicts.
// dialecttest tests what every dialect must satisfy.
package dialect
