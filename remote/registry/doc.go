// Package registry asks an OCI registry what a tag stands for. It only reads, and
// verifies no trust: what is signed is compared elsewhere.
//
// A manifest is read whole, up to a limit, and hashed here. The answer to a HEAD
// request would be smaller, and its digest is a claim of the registry that nothing
// backs; so is the digest that comes with the manifest, and where the two differ the
// answer is refused. Registries that count pulls, as Docker Hub does, count this as
// one.
//
// Which host is asked, with which certificates and which login, is what docker does,
// with one exception: docker gives up checking certificates for every name that a
// name server says is on this machine, and this package only where the name itself
// says so, such as localhost.
//
// New makes a Client, which satisfies the port of model/admin. DockerTLS reads the
// certificates that docker trusts.
package registry
