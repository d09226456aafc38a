// cell is what a Windows cell has below its Windows programs: the main process of the container, the
// DNS client with its cache, and the way from a Windows command line to what runs here.
//
//	/lab/run ARGV...   main process of a container: starts Windows, then the command
//	/lab/exec ARGV...  a further command in a running one
//
// Under the name of a Windows program it is one of the two with that program.
package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("laboratory: ")
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	argv := os.Args[1:]
	// In a build, a command is all that its container runs.
	isMain := name == "run" || os.Getpid() == 1
	if name != "run" && name != "exec" {
		argv = append([]string{name}, argv...)
	}
	if len(argv) == 0 {
		log.Fatal("no command; give the argument vector of a Windows program")
	}
	if !isMain {
		log.Fatal(execute(argv))
	}
	knobs, err := readKnobs(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(runContainer(argv, knobs))
}
