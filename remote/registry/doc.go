// Package registry asks an OCI registry what it serves under a tag. It only reads, and
// verifies no trust: the comparison with what is signed happens elsewhere.
//
// It reads a manifest whole, up to a limit, and hashes it. The answer to a HEAD request would
// be smaller, but its digest is an unproven claim of the registry. So is the digest that
// comes with the manifest; if the two differ, the answer is refused. Registries that count
// pulls, such as Docker Hub, count this as one.
//
// Host, certificates and login are those that docker would use, with one exception: docker
// stops checking certificates for every name that a name server places on this machine; this
// package does so only if the name itself says so, such as localhost.
//
// New makes a Client, which satisfies the port of model/admin. DockerTLS reads the
// certificates that docker trusts.
package registry
