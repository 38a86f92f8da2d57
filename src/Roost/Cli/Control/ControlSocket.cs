using System.Net.Sockets;

namespace Roost.Cli.Control;

/// <summary>Where a server takes commands: a Unix domain socket in its data directory, which only the directory's owner
/// can reach.</summary>
internal static class ControlSocket
{
    private const string Name = "roost.sock";

    /// <summary>What the systems that there are allow for the path of a socket.</summary>
    private const int PathBytesMax = 100;

    /// <summary>Null where the directory's path is too long for a socket's.</summary>
    public static UnixDomainSocketEndPoint? In(string directory)
    {
        var path = PathIn(directory);
        return System.Text.Encoding.UTF8.GetByteCount(path) <= PathBytesMax ? new UnixDomainSocketEndPoint(path) : null;
    }

    public static string PathIn(string directory) => Path.Combine(Path.GetFullPath(directory), Name);

    public static Socket Create() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
