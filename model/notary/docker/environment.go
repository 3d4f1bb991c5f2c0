package docker

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/report"
)

// Environment is what decides how docker and notary behave on a machine.
type Environment struct {
	// Getenv returns a variable of the environment, "" where it is not set.
	Getenv func(string) string
	// Version is what docker says of itself, as "28.2.2"; empty where there is none.
	Version string
	// Config is the folder that docker uses, Trust the trust folder in it.
	Config, Trust string
	// Here are the folder and the trust folder that trustdeck uses, and Server is what it
	// asks about a repository.
	Here   struct{ Config, Trust string }
	Server func(model.GUN) string
	// GUNs are the repositories whose servers are of interest.
	GUNs []model.GUN
}

// lastWithTrust is the last major version of docker that has content trust.
const lastWithTrust = 28

// Report says what docker does in the environment, and where this program differs.
func (e Environment) Report() report.Environment {
	out := report.Environment{Client: "docker", ClientVersion: e.Version}
	out.Verifies, out.Summary = e.verifies()
	out.Settings = append(out.Settings, e.program(), e.switched(), e.server())
	for _, host := range e.hosts() {
		out.Settings = append(out.Settings, e.registry(host))
	}
	out.Settings = append(out.Settings, e.folder(), report.EnvironmentSetting{
		Name: "trust folder", Value: e.Trust, Set: true, Here: unless(e.Here.Trust, e.Trust),
		Effect: "docker and docker trust keep private keys and cached roots there.",
	})
	return report.NewEnvironment(addSecrets(out, e.Getenv))
}

// verifies says whether docker verifies what it pulls, and why.
func (e Environment) verifies() (ok bool, summary string) {
	value := e.Getenv("DOCKER_CONTENT_TRUST")
	switch {
	case e.Version == "":
		return false, "docker was not found."
	case e.without():
		return false, "docker pull verifies nothing: docker " + strconv.Itoa(e.major()) + " has no content trust."
	case value == "":
		return false, "docker pull verifies nothing: DOCKER_CONTENT_TRUST is not set."
	case !trusts(value):
		return false, "docker pull verifies nothing: DOCKER_CONTENT_TRUST is " + value + "."
	case !e.usable():
		return true, "docker pull fails: DOCKER_CONTENT_TRUST_SERVER is not an https URL."
	default:
		return true, "docker pull verifies each tag, and refuses one that is not signed."
	}
}

// trusts reports whether a value of DOCKER_CONTENT_TRUST that is not empty switches content
// trust on: all but those that mean false do.
func trusts(value string) bool {
	on, err := strconv.ParseBool(value)
	return on || err != nil
}

func (e Environment) major() int {
	major, _, _ := strings.Cut(e.Version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0 // a version that cannot be read is judged as one that has content trust
	}
	return n
}

// without reports whether this docker has no content trust any more.
func (e Environment) without() bool { return e.major() > lastWithTrust }

func (e Environment) program() report.EnvironmentSetting {
	s := report.EnvironmentSetting{Name: "docker", Value: e.Version, Set: e.Version != ""}
	switch {
	case !s.Set:
		s.Effect = "docker was not found. The rest describes a docker with content trust."
	case e.without():
		s.Effect = "Content trust was removed in docker 29: DOCKER_CONTENT_TRUST has no effect."
	default:
		s.Effect = "This version has content trust."
	}
	return s
}

func (e Environment) switched() report.EnvironmentSetting {
	value := e.Getenv("DOCKER_CONTENT_TRUST")
	s := report.EnvironmentSetting{Name: "DOCKER_CONTENT_TRUST", Value: value, Set: value != ""}
	switch {
	case e.without():
		s.Effect = "Ignored: this docker has no content trust."
	case value == "":
		s.Effect = "docker pull and docker push verify and sign nothing."
	case trusts(value):
		s.Effect = "docker pull verifies and docker push signs, unless they are given --disable-content-trust."
	default:
		s.Effect = "Switched off: docker pull and docker push verify and sign nothing."
	}
	return s
}

// usable reports whether docker takes its server.
func (e Environment) usable() bool {
	value := e.Getenv("DOCKER_CONTENT_TRUST_SERVER")
	u, err := url.Parse(value)
	return value == "" || err == nil && u.Scheme == "https"
}

func (e Environment) server() report.EnvironmentSetting {
	value := e.Getenv("DOCKER_CONTENT_TRUST_SERVER")
	s := report.EnvironmentSetting{Name: "DOCKER_CONTENT_TRUST_SERVER", Value: withoutLogin(value), Set: value != ""}
	switch {
	case value == "":
		s.Effect = "docker asks each registry's own server."
	case e.usable():
		s.Effect = "docker asks this server about every repository."
	default:
		s.Effect = "docker refuses it, because it accepts only https URLs."
	}
	return s
}

// withoutLogin leaves out the password that somebody may have written into a URL.
func withoutLogin(value string) string {
	if u, err := url.Parse(value); err == nil {
		return u.Redacted()
	}
	if strings.Contains(value, "@") {
		return "not shown: it may contain a password"
	}
	return value
}

// hosts are the registries of the repositories.
func (e Environment) hosts() []string {
	var out []string
	for _, gun := range e.GUNs {
		host, _, _ := strings.Cut(string(gun), "/")
		out = append(out, host)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// registry says which server is asked about the repositories of a registry.
func (e Environment) registry(host string) report.EnvironmentSetting {
	asked := withoutLogin(e.Getenv("DOCKER_CONTENT_TRUST_SERVER"))
	switch {
	case asked != "":
	case host == "docker.io" || host == "index.docker.io":
		asked = "https://notary.docker.io"
	default:
		asked = "https://" + host
	}
	return report.EnvironmentSetting{
		Name: "server of " + host, Value: asked, Set: true,
		Effect: "A pull from " + host + " asks this server, if docker verifies.",
		Here:   unless(e.Server(model.GUN(host+"/any")), strings.TrimRight(asked, "/")),
	}
}

func (e Environment) folder() report.EnvironmentSetting {
	set := e.Getenv("DOCKER_CONFIG") != ""
	s := report.EnvironmentSetting{
		Name: "DOCKER_CONFIG", Value: e.Config, Set: set, Here: unless(e.Here.Config, e.Config),
		Effect: "Not set. Logins, certificates and the trust folder are in docker's default folder.",
	}
	if set {
		s.Effect = "Logins, certificates and the trust folder are in this folder."
	}
	return s
}

// unless is a value that differs from another; empty where it does not.
func unless(value, other string) string {
	if value == other {
		return ""
	}
	return value
}

// secret is a variable whose value is never shown.
type secret struct{ name, opens string }

var secrets = []secret{
	{"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE", "the passphrase of root keys for docker"},
	{"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE", "the passphrase of all other keys for docker"},
	{"NOTARY_ROOT_PASSPHRASE", "the passphrase of root keys for notary"},
	{"NOTARY_TARGETS_PASSPHRASE", "the passphrase of targets keys for notary"},
	{"NOTARY_SNAPSHOT_PASSPHRASE", "the passphrase of snapshot keys for notary"},
	{"NOTARY_DELEGATION_PASSPHRASE", "the passphrase of delegation keys for notary"},
	{"NOTARY_AUTH", "the login of notary"},
}

// addSecrets says which of the variables that hold secrets are set.
func addSecrets(e report.Environment, getenv func(string) string) report.Environment {
	for _, s := range secrets {
		set := getenv(s.name) != ""
		effect := "Not set. It would give " + s.opens + "."
		if set {
			effect = "Set, not shown. It gives " + s.opens + "; trustdeck uses it too."
		}
		e.Settings = append(e.Settings, report.EnvironmentSetting{Name: s.name, Set: set, Effect: effect})
	}
	return e
}
