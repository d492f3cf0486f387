# shellcheck shell=bash
# The command lines beside this file name these files: docker_files writes them in the working directory. In the lines, $N is a
# name for a container.

docker_files() {
	printf 'A=1\n# no\n\n  B=two words  \nFROM_HERE\nUNSET_HERE\nEMPTY\nC=x=y\n\tD=tab\nQ="quoted"\nR=1\r\nE=\n' >vars
	printf '\xef\xbb\xbfBOM=1\n' >bom
	printf 'l1=v1\nl2\n# c\n l3=x y \n' >labels
	printf '=nothing\n' >bad
	printf 'with space=1\n' >spacy
	printf '{"defaultAction":"SCMP_ACT_ALLOW",\n\t"syscalls": [ ]}\n' >seccomp.json
	printf 'not json' >broken.json
}
