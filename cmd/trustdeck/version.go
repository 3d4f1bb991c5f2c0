package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"trustdeck/model/report"
)

// version is the release, set by the linker; without it the build knows best.
var version = ""

func newVersion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  trustdeck version -o json",
		Args:    arguments("", 0, 0),
		RunE: func(*cobra.Command, []string) error {
			answer := report.NewVersion(build())
			return a.answer(answer, func() error {
				line := "trustdeck " + answer.Version
				if answer.Revision != "" {
					line += " (" + answer.Revision
					if answer.Modified {
						line += ", modified"
					}
					line += ")"
				}
				_, err := fmt.Fprintf(a.out, "%s, %s, %s\n", line, answer.Go, answer.Platform)
				return err
			})
		},
	}
	a.addOutput(cmd)
	return cmd
}

// build is what the binary knows of itself.
func build() report.Version {
	v := report.Version{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if v.Version == "" {
		v.Version = info.Main.Version
	}
	if v.Version == "" || v.Version == "(devel)" {
		v.Version = "devel"
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}
