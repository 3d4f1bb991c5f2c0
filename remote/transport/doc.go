// Package transport carries requests to the servers of Docker's world: Notary
// servers and registries. It knows which certificates to trust for which host,
// Docker's credentials, challenges and the exchange of tokens, the limits of time
// and size, and it names the faults of connections. It knows no API: what is asked,
// and what an answer means, is up to the packages that use it.
//
// What was given for one origin, which is a scheme, a host and a port, serves no other:
// not where a server redirects, not the token server that it names, not a proxy on the
// way. Nothing secret is sent without TLS but to this machine.
//
// New makes a Client for one server. NewDockerCredentials and ParseNotaryAuth find
// what to log in with, TLSFiles and TLSFolder whom to trust.
package transport
