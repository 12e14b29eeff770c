namespace Thpc.NodeAgent.Host.Files;

/// <summary>Walks into a directory in a child, for its file system may be dead, and makes what is missing of it.</summary>
internal static class DirectoryWalk
{
    /// <summary>What the child exits with where a link has come in the way, or others than root could put one there.</summary>
    public const int Unsafe = 77;

    /// <summary>
    /// Begins a script with `by_group FILE`: a word for find, -true where the permission of a file's group is its group's alone, -false where
    /// it is the mask of an access list, and so perhaps that of any user. ls marks such a file by a plus.
    /// </summary>
    public const string ByGroup = """
        by_group() { case $(ls -nLd -- "$1") in ?????w????+*) echo -false ;; *) echo -true ;; esac; }

        """;

    /// <summary>
    /// Begins a script with `walk TOP PATH [alone]`: from TOP one directory after the other, each of which is held before it is looked at,
    /// so that nothing is made behind a link, whoever puts it there at that moment. With `alone` every directory must be such that
    /// root alone can replace what is in it.
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
                    case $(find . -prune -uid 0 \( ! -perm -002 \( ! -perm -020 -o -gid 0 "$(by_group .)" \) -printf ours -o -perm -1000 -printf sticky \)) in
                        ours) sticky="" ;;
                        sticky) sticky=1 ;;
                        *) echo "${at:-/} is not root's alone, and whoever may write to it can lead elsewhere what is below it"; exit 77 ;;
                    esac
                fi
                [ -d "./$part" ] || said=$(mkdir -m 0755 -- "./$part" 2>&1) || [ -d "./$part" ] || { echo "$at/$part: ${said##*: }"; exit 1; }
                cd -P -- "./$part" || exit 1
                here=$here/$part at=$at/$part
                [ "$PWD" = "$here" ] || { echo "$at leads to $PWD"; exit 77; }
                [ -z "$sticky" ] || [ -O . ] || { echo "$at is another user's, who can lead it elsewhere"; exit 77; }
            done
            unset IFS
            set +f
        }

        """;
}
