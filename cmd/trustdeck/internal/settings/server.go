package settings

import (
	"fmt"
	"net/url"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// hubServer is the server of Docker Hub's repositories.
const hubServer = "https://notary.docker.io"

// ServerFor returns the URL of the server that holds a repository: the one
// server that is set, else the one that docker would ask.
func (s Settings) ServerFor(gun model.GUN) string {
	if s.Server != "" {
		return s.Server
	}
	host, _, _ := strings.Cut(string(gun), "/")
	if host == "docker.io" || host == "index.docker.io" {
		return hubServer
	}
	return "https://" + host
}

func (s *Settings) setServer(f Flags, w World, own ownConfig, theirs notaryConfig) error {
	named := flag("--server", f.Server)
	in := s.told.context
	url := choose(s, keyServer, named, inContext(in, true, in.Server),
		variable("DOCKER_CONTENT_TRUST_SERVER", s.serverInEnvironment(w)), inContext(in, false, in.Server),
		inFile(own, own.Server), inNotary(theirs, theirs.Server),
		byDocker("the server of each repository's registry", ""))
	if s.FoldersOnly && url == "" {
		s.told.from[keyServer] = in.from()
	}
	if url == "" {
		return nil
	}
	s.FoldersOnly = false
	from := s.told.from[keyServer]
	server, err := parseServer(from.Name, url, from.Kind == screen.OriginEnvironment)
	if err != nil {
		return err
	}
	s.Server, s.ServerFrom = server, from.Name
	return nil
}

// serverInEnvironment is the server that the environment names. One that is there for docker
// does not become that of a context which was named for its folders.
func (s *Settings) serverInEnvironment(w World) string {
	if s.FoldersOnly && s.told.context.named {
		return ""
	}
	return w.Getenv("DOCKER_CONTENT_TRUST_SERVER")
}

// CheckServer says why a text is not the URL of a server; nil where it is. The error is a
// *model.Fault of kind FaultUsage, and repeats no password.
func CheckServer(text string) error {
	_, err := parseServer("the server", text, false)
	return err
}

// parseServer returns the URL without a final slash. Docker takes nothing but
// https from its variable.
func parseServer(from, text string, onlyHTTPS bool) (string, error) {
	if holdsCredentials(text) {
		// The text is not repeated: it holds a password.
		return "", usage(from, "the URL of the server contains credentials",
			"Log in with docker login, or set NOTARY_AUTH.")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "", usage(from, fmt.Sprintf("%q is not the URL of a server", text), "Write a URL such as https://notary.example.org:4443.")
	case u.Scheme != "https" && (onlyHTTPS || u.Scheme != "http"):
		return "", usage(from, fmt.Sprintf("the URL of the server %q doesn't use https", text), "Write https:// before the host.")
	case u.RawQuery != "" || u.Fragment != "":
		return "", usage(from, fmt.Sprintf("the URL of the server %q has more than a host and a path", text), "Remove everything from ? or # on.")
	}
	return strings.TrimRight(u.String(), "/"), nil
}
