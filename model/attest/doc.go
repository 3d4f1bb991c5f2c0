// Package attest judges the certificates by which a YubiKey proves that a private key was made on
// it, and so can't have a copy. It does no I/O, and trusts no byte of a certificate.
//
// A chain has the certificate of the key, which the token made; that of the token, which its
// maker put into slot F9; and those of the maker, up to a root that the caller trusts. The
// certificate of the key states the serial, the firmware and the policies in extensions.
//
// Entry points: Certificates reads a file, NewAudit judges a folder of them, and Audit.Join says
// which keys of a repository they prove.
package attest
