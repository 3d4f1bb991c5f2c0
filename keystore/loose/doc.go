// Package loose reads private keys in files that the user names, wherever they lie: those of
// openssl, cosign, securesystemslib and go-tuf, and seeds of ML-DSA. It writes nothing. What is
// in the files is read by the code that imports keys, which Reader stands for.
//
// Entry points: Open, Store.
package loose
