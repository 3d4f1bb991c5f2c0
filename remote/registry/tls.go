package registry

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"runtime"

	"trustdeck/remote/transport"
)

// DockerTLS finds the certificates that docker has for a registry, in the first of
// these folders that has a folder HOST:PORT: certs.d in configDir, where Docker
// Desktop keeps them; that of a docker without root rights; that of the machine. A
// folder tls/HOST:PORT in configDir, which is for trust servers, serves where there
// is none of these. Without any it returns nil.
func DockerTLS(configDir, hostport string) (*tls.Config, error) {
	for _, dir := range append(certDirs(configDir), filepath.Join(configDir, "tls")) {
		if cfg, err := transport.TLSFolder(dir, hostport); cfg != nil || err != nil {
			return cfg, err
		}
	}
	return nil, nil //nolint:nilnil // no settings are no error
}

func certDirs(configDir string) []string {
	dirs := []string{filepath.Join(configDir, "certs.d")}
	if own, err := os.UserConfigDir(); err == nil {
		dirs = append(dirs, filepath.Join(own, "docker", "certs.d"))
	}
	if runtime.GOOS == "windows" {
		if data := os.Getenv("PROGRAMDATA"); data != "" {
			dirs = append(dirs, filepath.Join(data, "docker", "certs.d"))
		}
		return dirs
	}
	return append(dirs, "/etc/docker/certs.d")
}
