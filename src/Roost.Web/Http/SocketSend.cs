using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Roost.Web.Http;

/// <summary>
/// The system's own <c>send</c>, on Linux. <see cref="Socket.Send(ReadOnlySpan{byte})"/> asks two more objects of each
/// socket whether anything waits there; with thousands of sockets in turn each of these is a wait for memory. Nothing
/// else may be sending there meanwhile.
/// </summary>
internal static partial class SocketSend
{
    // Linux, include/linux/socket.h: the same numbers on all architectures that .NET runs on.
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    public static bool IsSupported { get; } = OperatingSystem.IsLinux();

    /// <returns>How many bytes the system has taken; 0 or less when none. The socket knows why: it is to be asked for
    /// the same.</returns>
    /// <exception cref="ObjectDisposedException">The socket was closed here.</exception>
    public static int TrySend(SafeSocketHandle socket, ReadOnlySpan<byte> bytes) =>
        (int)Send(socket, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, DontWait | NoSignal);

    [LibraryImport("libc", EntryPoint = "send")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeSocketHandle socket, in byte bytes, nuint length, int flags);
}
