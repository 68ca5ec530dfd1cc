// SPDX-License-Identifier: Apache-2.0

// Foreign_log reads an evidence folder with other hands' code: the Go project's own transparency log
// (golang.org/x/mod/sumdb/tlog and note), which has never seen this format's writer.
//
//	foreign_log FOLDER < requests
//
// One request and one answer a line, words apart by blanks, hashes in base64. An answer begins with "yes",
// "no" or "error". Requests:
//
//	note FILE VKEY               yes SIZE ROOT: the file is a note signed by that key alone
//	root SIZE                    yes ROOT of the first SIZE entries, out of the tiles
//	entries                      yes COUNT: each entry of each bundle hashes to the leaf in the tiles
//	prove-record SIZE INDEX      yes HASH ...
//	prove-tree SIZE OLD          yes HASH ...
//	check-record SIZE ROOT INDEX ENTRY HASH ...
//	check-tree SIZE ROOT OLD OLDROOT HASH ...
//
// Tiles are read through tlog.TileHashReader, which checks each of them against the checkpoint's root.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// folder reads tiles of one evidence folder.
type folder string

func (folder) Height() int { return height }

func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles maps the paths of the sumdb protocol, tile/8/L/N, to those of c2sp.org/tlog-tiles, tile/L/N.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data))
		}
		found = append(found, data)
	}
	return found, nil
}

// open reads a checkpoint: a signed note whose text tlog.ParseTree does not take, since its first line is
// another log's; the rest is the same, size and root.
func open(file, vkey string) (tlog.Tree, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(signed.Sigs) != 1 || len(signed.UnverifiedSigs) != 0 || len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
}

// reader gives the hashes of the tree that the folder's own checkpoint signs.
func (f folder) reader(tree tlog.Tree) tlog.HashReader { return tlog.TileHashReader(tree, f) }

// entries compares each entry of each bundle with the leaf hash in the (authenticated) tiles.
func (f folder) entries(tree tlog.Tree) (int64, error) {
	hashes := f.reader(tree)
	for first := int64(0); first < tree.N; first += 1 << height {
		width := tree.N - first
		if width > 1<<height {
			width = 1 << height
		}
		tile := tlog.Tile{H: height, L: 0, N: first >> height, W: int(width)}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", height), "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return 0, err
		}
		var leaves []int64
		for n := first; n < first+width; n++ {
			leaves = append(leaves, tlog.StoredHashIndex(0, n))
		}
		want, err := hashes.ReadHashes(leaves)
		if err != nil {
			return 0, err
		}
		for n, leaf := range want {
			if len(data) < 2 || len(data) < 2+(int(data[0])<<8|int(data[1])) {
				return 0, fmt.Errorf("%s ends early", path)
			}
			size := int(data[0])<<8 | int(data[1])
			if tlog.RecordHash(data[2:2+size]) != leaf {
				return 0, fmt.Errorf("entry %d is not the leaf", first+int64(n))
			}
			data = data[2+size:]
		}
		if len(data) != 0 {
			return 0, fmt.Errorf("%s is too long", path)
		}
	}
	return tree.N, nil
}

// words takes the parts of a request one after the other and remembers the first error.
type words struct {
	left []string
	err  error
}

func (w *words) next() string {
	if len(w.left) == 0 {
		if w.err == nil {
			w.err = fmt.Errorf("the request ends early")
		}
		return ""
	}
	word := w.left[0]
	w.left = w.left[1:]
	return word
}

func (w *words) number() int64 {
	number, err := strconv.ParseInt(w.next(), 10, 64)
	if err != nil && w.err == nil {
		w.err = err
	}
	return number
}

func (w *words) hash() tlog.Hash {
	hash, err := tlog.ParseHash(w.next())
	if err != nil && w.err == nil {
		w.err = err
	}
	return hash
}

func (w *words) rest() []tlog.Hash {
	var hashes []tlog.Hash
	for len(w.left) > 0 && w.err == nil {
		hashes = append(hashes, w.hash())
	}
	return hashes
}

// answer does one request.
func answer(f folder, tree tlog.Tree, w *words) (string, error) {
	switch what := w.next(); what {
	case "note":
		file, vkey := w.next(), w.next()
		found, err := open(file, vkey)
		return fmt.Sprintf("%d %s", found.N, found.Hash), err
	case "root":
		root, err := tlog.TreeHash(w.number(), f.reader(tree))
		return root.String(), err
	case "entries":
		count, err := f.entries(tree)
		return strconv.FormatInt(count, 10), err
	case "prove-record":
		size, index := w.number(), w.number()
		proof, err := tlog.ProveRecord(size, index, f.reader(tree))
		return join(proof), err
	case "prove-tree":
		size, old := w.number(), w.number()
		proof, err := tlog.ProveTree(size, old, f.reader(tree))
		return join(proof), err
	case "check-record":
		size, root, index := w.number(), w.hash(), w.number()
		entry, err := base64.StdEncoding.DecodeString(w.next())
		proof := w.rest()
		if err != nil || w.err != nil {
			return "", fmt.Errorf("malformed request")
		}
		return refusal(tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(entry)))
	case "check-tree":
		size, root, old, before := w.number(), w.hash(), w.number(), w.hash()
		proof := w.rest()
		if w.err != nil {
			return "", w.err
		}
		return refusal(tlog.CheckTree(proof, size, root, old, before))
	default:
		return "", fmt.Errorf("no request %q", what)
	}
}

func join(hashes []tlog.Hash) string {
	var texts []string
	for _, hash := range hashes {
		texts = append(texts, hash.String())
	}
	return strings.Join(texts, " ")
}

// refusal tells a proof that does not hold from a request that cannot be answered.
func refusal(err error) (string, error) {
	if err != nil {
		return "no", nil
	}
	return "", nil
}

func main() {
	f := folder(os.Args[1])
	key, err := os.ReadFile(filepath.Join(os.Args[1], "log.vkey"))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	tree, err := open(filepath.Join(os.Args[1], "checkpoint"), strings.TrimSuffix(string(key), "\n"))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	requests := bufio.NewScanner(os.Stdin)
	requests.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for requests.Scan() {
		w := &words{left: strings.Fields(requests.Text())}
		said, err := answer(f, tree, w)
		if err == nil {
			err = w.err
		}
		switch {
		case err != nil:
			fmt.Fprintln(out, "error", strings.ReplaceAll(err.Error(), "\n", " "))
		case said == "no":
			fmt.Fprintln(out, "no")
		default:
			fmt.Fprintln(out, strings.TrimSpace("yes "+said))
		}
	}
}
