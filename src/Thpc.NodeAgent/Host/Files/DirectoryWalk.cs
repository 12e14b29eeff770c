namespace Thpc.NodeAgent.Host.Files;

/// <summary>Shell functions that walk into a directory and create missing parts, in a child process because a server may be dead.</summary>
internal static class DirectoryWalk
{
    /// <summary>The child's exit code if the path contains a link, or users other than root could put one there.</summary>
    public const int Unsafe = 77;

    /// <summary>
    /// Defines `by_group FILE`, which prints a test for find: -false if the file has an access list whose mask allows writing, so that any
    /// user may have write permission; else -true. ls marks such a file with a plus.
    /// </summary>
    public const string ByGroup = """
        by_group() { case $(ls -nLd -- "$1") in ?????w????+*) echo -false ;; *) echo -true ;; esac; }

        """;

    /// <summary>
    /// Defines `walk TOP PATH [alone]`, which enters one directory after the other from TOP. Each is entered before it is checked, so that
    /// nothing is created behind a link, even if a user puts it there at that moment. With `alone`, only root may be able to replace the
    /// entries of each directory.
    /// </summary>
    public const string Walk = ByGroup + """
        walk() {
            cd -P -- "$1" || exit 1
            here=${PWD%/} at="" sticky=""
            set -f
            IFS=/
            for part in $2; do
                [ "$part" ] || continue
                if [ "$3" ]; then
                    case $(find . -prune -uid 0 \( ! -perm -002 \( ! -perm -020 -o -gid 0 "$(by_group .)" \) -printf ours \
                        -o -perm -1000 -printf sticky \)) in
                        ours) sticky="" ;;
                        sticky) sticky=1 ;;
                        *) echo "users other than root can write to ${at:-/} and redirect the paths below it"; exit 77 ;;
                    esac
                fi
                [ -d "./$part" ] || said=$(mkdir -m 0755 -- "./$part" 2>&1) || [ -d "./$part" ] ||
                    { echo "$at/$part: ${said##*: }"; exit 1; }
                cd -P -- "./$part" || exit 1
                here=$here/$part at=$at/$part
                [ "$PWD" = "$here" ] || { echo "$at leads to $PWD"; exit 77; }
                [ -z "$sticky" ] || [ -O . ] || { echo "$at is owned by another user, who can redirect it"; exit 77; }
            done
            unset IFS
            set +f
        }

        """;
}
