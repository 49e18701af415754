package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed" // the programs that ask libraries
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// modulesVariable names the folder of node_modules that "make peers" fills.
const modulesVariable = "NODE_PATH"

//go:embed judges/zxcvbn.js
var zxcvbnScript string

//go:embed judges/zxcvbn-ts.js
var zxcvbnTSScript string

//go:embed judges/pwquality.c
var pwqualitySource string

// zxcvbn3 is what score 3 asks for: 10^8 guesses and five, in both packages.
var zxcvbn3 = math.Log10(1e8 + 5)

// toolJudges returns the peers that are programs of their own, looked for on
// the search path and in /usr/sbin. They read passwords from standard input,
// one a line, and answer each by a line.
func toolJudges(terms []string) []judge {
	return []judge{
		{name: "zxcvbn", rule: "npm zxcvbn, score below 3: the README calls 3 safely unguessable", required: zxcvbn3, slow: true,
			judge: byNode("zxcvbn", zxcvbnScript, terms)},
		{name: "zxcvbn-ts", rule: "npm @zxcvbn-ts/core with the dictionaries of its README, score below 3", required: zxcvbn3, slow: true,
			judge: byNode("@zxcvbn-ts/core", zxcvbnTSScript, terms)},
		{name: "libpwquality", rule: "defaults and the custom terms as badwords; refused as pwquality_check(3) and pwscore(1) do",
			judge: byPwquality(terms)},
		{name: "cracklib", rule: "cracklib-check(8) does not say OK; installed dictionary, takes no custom terms", judge: byCracklib},
		{name: "passwdqc", rule: "pwqcheck(1) defaults and the custom terms as wordlist; does not say OK", judge: byPasswdqc(terms)},
	}
}

// consult gives a program the passwords and reads its answers by opine. The
// answers must be as many as the passwords.
func consult(command *exec.Cmd, passwords [][]byte, opine func(password []byte, answer string) (opinion, error)) ([]opinion, error) {
	input := append(bytes.Join(passwords, []byte("\n")), '\n')
	var stderr strings.Builder
	command.Stdin, command.Stderr = bytes.NewReader(input), &stderr
	output, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.Exited() && stderr.Len() == 0) {
		return nil, fmt.Errorf("%w: %.300s", err, stderr.String())
	}
	opinions := make([]opinion, 0, len(passwords))
	for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); {
		if len(opinions) == len(passwords) {
			return nil, fmt.Errorf("more answers than the %d passwords", len(passwords))
		}
		o, err := opine(passwords[len(opinions)], lines.Text())
		if err != nil {
			return nil, fmt.Errorf("answer %d: %w", len(opinions)+1, err)
		}
		opinions = append(opinions, o)
	}
	if len(opinions) < len(passwords) {
		return nil, fmt.Errorf("%d answers to %d passwords", len(opinions), len(passwords))
	}
	return opinions, nil
}

// find returns the path of a program, or errMissing with the way to get it.
func find(program, remedy string) (string, error) {
	if name, err := exec.LookPath(program); err == nil {
		return name, nil
	}
	if name, err := exec.LookPath(filepath.Join("/usr/sbin", program)); err == nil {
		return name, nil
	}
	return "", fmt.Errorf("%w: %s", errMissing, remedy)
}

var errReply = errors.New("not understood: is it another version?")

// byNode runs a script with an npm package that is in a folder of NODE_PATH.
func byNode(module, script string, terms []string) func([][]byte) ([]opinion, error) {
	return func(passwords [][]byte) ([]opinion, error) {
		node, err := find("node", "Node.js from nodejs.org or the system's packages")
		if err != nil {
			return nil, err
		}
		if exec.Command(node, "-e", "require.resolve('"+module+"')").Run() != nil {
			return nil, fmt.Errorf("%w: make peers, or %s=folder of node_modules", errMissing, modulesVariable)
		}
		command := exec.Command(node, append([]string{"-e", script, "--"}, terms...)...)
		return consult(command, passwords, func(_ []byte, answer string) (opinion, error) {
			var score int
			var guesses float64
			if _, err := fmt.Sscan(answer, &score, &guesses); err != nil {
				return opinion{}, errReply
			}
			return opinion{refused: score < 3, guesses: guesses}, nil
		})
	}
}

// byPwquality compiles the program that asks libpwquality and runs it.
// pwscore(1) takes one password a process and this machine's settings.
func byPwquality(terms []string) func([][]byte) ([]opinion, error) {
	return func(passwords [][]byte) ([]opinion, error) {
		const remedy = "a C compiler and libpwquality-dev"
		cc, err := find("cc", remedy)
		if err != nil {
			return nil, err
		}
		var opinions []opinion
		err = scratch("", func(ctx context.Context, folder string) (err error) {
			program := filepath.Join(folder, "pwquality")
			build := exec.CommandContext(ctx, cc, "-O2", "-x", "c", "-", "-o", program, "-lpwquality")
			build.Stdin = strings.NewReader(pwqualitySource)
			if build.Run() != nil {
				return fmt.Errorf("%w: %s", errMissing, remedy)
			}
			opinions, err = consult(exec.CommandContext(ctx, program, terms...), passwords, readScore)
			return err
		})
		return opinions, err
	}
}

// readScore reads an answer about pwquality_check(3).
func readScore(_ []byte, answer string) (opinion, error) {
	score, err := strconv.Atoi(answer)
	if err != nil {
		return opinion{}, errReply
	}
	return opinion{refused: score < 0}, nil
}

func byCracklib(passwords [][]byte) ([]opinion, error) {
	program, err := find("cracklib-check", "package cracklib-runtime")
	if err != nil {
		return nil, err
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), "LC_ALL=C")
	return consult(command, passwords, func(password []byte, answer string) (opinion, error) {
		advice, ok := strings.CutPrefix(answer, string(password)+": ")
		if !ok {
			return opinion{}, errReply
		}
		return opinion{refused: advice != "OK"}, nil
	})
}

func byPasswdqc(terms []string) func([][]byte) ([]opinion, error) {
	return func(passwords [][]byte) ([]opinion, error) {
		program, err := find("pwqcheck", "package passwdqc")
		if err != nil {
			return nil, err
		}
		var opinions []opinion
		err = scratch("", func(ctx context.Context, folder string) (err error) {
			arguments := []string{"-1", "--multi"}
			if len(terms) > 0 {
				words := filepath.Join(folder, "words")
				if err := os.WriteFile(words, []byte(strings.Join(terms, "\n")+"\n"), 0o600); err != nil {
					return err
				}
				arguments = append(arguments, "wordlist="+words)
			}
			opinions, err = consult(exec.CommandContext(ctx, program, arguments...), passwords, readAdvice)
			return err
		})
		return opinions, err
	}
}

// readAdvice reads an answer of pwqcheck(1).
func readAdvice(password []byte, answer string) (opinion, error) {
	advice, ok := strings.CutSuffix(answer, ": "+string(password))
	if !ok {
		return opinion{}, errReply
	}
	return opinion{refused: advice != "OK"}, nil
}
