package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// execute becomes a further command of a running container.
func execute(argv []string) error {
	argv = windowsCommand(argv)
	return syscall.Exec(argv[0], argv, os.Environ())
}

// windowsCommand makes of a Windows program's argument vector one that runs here, in the directory that
// WEBFARM_LAB_CWD names.
func windowsCommand(argv []string) []string {
	if directory := os.Getenv("WEBFARM_LAB_CWD"); directory != "" {
		directory = unixPath(directory)
		_ = os.MkdirAll(directory, 0o755)
		_ = os.Chdir(directory)
	}
	rest := argv[1:]
	switch program := strings.TrimSuffix(strings.ToLower(path.Base(unixPath(argv[0]))), ".exe"); {
	// Wine's ping knows no -t, which is all that a console does.
	case program == "ping" && len(rest) > 1 && strings.EqualFold(rest[0], "-t"):
		return append([]string{"/bin/ping"}, rest[1:]...)
	// Asks the engine past the DNS client's cache, which is why an operator is misled by it.
	case program == "nslookup" && len(rest) == 1:
		engine, _ := os.ReadFile("/run/engine-dns")
		return []string{"/bin/nslookup", rest[0], string(engine)}
	// What images with IIS start: here, the web app in its place.
	case program == "servicemonitor":
		return []string{"/lab/webapp"}
	case program == "cmd":
		rest = withoutBuiltinStart(rest)
	}
	return append([]string{"/usr/lib/wine/wine64", argv[0]}, rest...)
}

func unixPath(windows string) string {
	slashes := strings.ReplaceAll(windows, `\`, "/")
	if len(slashes) >= 2 && slashes[1] == ':' {
		return "/c" + slashes[2:]
	}
	return slashes
}

var startScript = regexp.MustCompile(`(?i)^start-[^\\/ ]*\.(cmd|bat)`)

// withoutBuiltinStart helps over a fault of Wine's cmd, which takes a script `start-nginx.cmd` of the current
// directory for its own `start`; Windows' does not.
func withoutBuiltinStart(arguments []string) []string {
	mended := append([]string(nil), arguments...)
	for index, argument := range mended {
		name := startScript.FindString(argument)
		if found, _ := filepath.Glob(name); name != "" && len(found) > 0 {
			mended[index] = `.\` + argument
		}
	}
	return mended
}
