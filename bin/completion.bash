# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion for bash of jsl-peer(8), jsl-gateway(8) and jsl-client(1): options, files
# behind those that take one, and the commands of jsl-client. It needs nothing else;
# bash-completion loads it by the name of the program.

# What may follow @prev, an option of any of the three; 1 if that is not for us to say.
_jsl_argument() {
	case $prev in
	--config | --secret-file | --token-file | --cacert)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	--data-dir | --log-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	--id | --join | --listen | --http | --cluster | --gateway | -g | --jdk) ;;
	*) return 1 ;;
	esac
}

# Java sources and the directories that they may be in; with attack, any directory.
_jsl_sources() {
	case " ${COMP_WORDS[*]:0:COMP_CWORD} " in
	*' run '*)
		mapfile -t COMPREPLY < <(
			compgen -f -X '!*.java' -- "$cur"
			compgen -d -- "$cur"
		)
		;;
	*' attack '*) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	*' status '* | *' logs '*) ;;
	*) mapfile -t COMPREPLY < <(compgen -W 'run status logs attack' -- "$cur") ;;
	esac
}

_jsl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} options

	COMPREPLY=()
	# --option=value is three words here
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	! _jsl_argument || return 0
	case ${COMP_WORDS[0]##*/} in
	jsl-peer)
		options='--config --id --join --listen --http --cluster --secret-file
			--data-dir --log-dir --check --verbose --version --help'
		;;
	jsl-gateway)
		options='--config --id --data-dir --log-dir --dev --http --verbose
			--version --help'
		;;
	jsl-client)
		# behind "--" are the program's own arguments: files, if anything
		case " ${COMP_WORDS[*]:0:COMP_CWORD} " in
		*' -- '*)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		esac
		options='--gateway --token-file --cacert --jdk --raw --verbose --follow
			--help --version'
		if [ "${cur#-}" = "$cur" ]; then
			_jsl_sources
			return
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}

complete -o filenames -F _jsl jsl-peer jsl-gateway jsl-client
