package report

// Sandbox is the answer of "trustdeck sandbox": how clients reach the practice
// server. It is printed when the server answers.
type Sandbox struct {
	Answer
	// Server is the URL of the Notary server, Registry the host in the names of
	// its repositories.
	Server   string `json:"server"`
	Registry string `json:"registry"`
	// Authority is a file with the authority of the server's certificate.
	Authority string `json:"authority"`
	// DockerConfig is a folder for DOCKER_CONFIG, TrustDir the trust folder in
	// it, NotaryConfig a file for notary -c.
	DockerConfig string `json:"dockerConfig"`
	TrustDir     string `json:"trustDir"`
	NotaryConfig string `json:"notaryConfig"`
	// Environment is what other clients need, EnvironmentFile the same as a
	// file for a shell.
	Environment     []Variable `json:"environment"`
	EnvironmentFile string     `json:"environmentFile"`
	// Try are command lines to begin with.
	Try []string `json:"try"`
	// User and Password are absent where none is asked for. Both are for
	// practice and no secret.
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
	// Passphrase of every key in the trust folder; absent where it has none.
	Passphrase string `json:"passphrase,omitempty"`
}

// Variable is a variable of the environment.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// NewSandbox completes s.
func NewSandbox(s Sandbox) Sandbox {
	s.Answer = answer("sandbox")
	return s
}
