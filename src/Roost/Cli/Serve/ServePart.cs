using System.CommandLine;
using Roost.Composition;
using Roost.Rpc;
using Roost.Rpc.Remote;

namespace Roost.Cli.Serve;

/// <summary>One role as the command line starts it, alone in a process or with others.</summary>
/// <param name="port">Where it listens unless told.</param>
/// <param name="description">What it is, and an example.</param>
internal abstract class ServePart(string name, int port, string description)
{
    public string Name => name;

    public int Port => port;

    public string Description => description;

    /// <summary>In the order in which help shows them.</summary>
    public abstract IReadOnlyList<Option> Options { get; }

    /// <summary>Its options of a command line, which may have those of other roles, too.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: they are wrong; says why.
    /// </exception>
    public abstract ServeStart Read(ParseResult parsed, ServePlace place);

    /// <summary>What is recorded of a process with this role.</summary>
    public virtual AdminOptions With(AdminOptions admin) => admin;
}

/// <summary>How a role is started, when all that is told of it is right.</summary>
/// <param name="Waits">Whether it may wait for others before it serves.</param>
internal sealed record ServeStart(bool Waits, Func<AdminPort?, CancellationToken, Task<ServedPart>> StartAsync);

/// <summary>A role that is served.</summary>
/// <param name="Line">What people are told of it.</param>
/// <param name="Server">To be disposed.</param>
/// <param name="Stopping">Fires when it was told to stop.</param>
/// <param name="Lost">Fires when another process has taken its place.</param>
internal sealed record ServedPart(
    string Line, IAsyncDisposable Server, CancellationToken Stopping, CancellationToken Lost);

/// <summary>A role's place among those of its process.</summary>
/// <param name="Roles">All of the process.</param>
internal sealed record ServePlace(IReadOnlyList<string> Roles)
{
    public bool IsAlone => Roles.Count == 1;

    /// <summary>What those of the process call each other by; null where there is one alone.</summary>
    public LocalServices? Here { get; } =
        Roles.Count == 1 ? null : new LocalServices(Roles, TimeProvider.System);

    public bool Has(string role) => Roles.Contains(role);

    /// <summary>Where a role is that may be in this process, or else where it is told.</summary>
    public Elsewhere? Find(string role, Func<Elsewhere?> told) => Has(role) ? Elsewhere.InProcess : told();

    /// <summary>Each has a directory of its own.</summary>
    public string DataOf(string role, string given) => IsAlone ? given : Path.Combine(given, role);

    /// <summary>Each listens at its usual port of the address that is told, or at any free one.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it has a port, which several cannot
    /// share.</exception>
    public string ListenOf(ParseResult parsed, Option<string> listen, int port, string scheme = "http")
    {
        var given = parsed.GetRequiredValue(listen);
        if (IsAlone || parsed.GetResult(listen) is null or { Implicit: true }) return given;
        if (!Uri.TryCreate(given, UriKind.Absolute, out var url) || !(url.IsDefaultPort || url.Port == 0))
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"--listen '{given}' is for several roles, each with a port of its own: give an address alone, like "
                + "http://10.0.0.5, or with port 0 for free ones.");
        }
        return $"{scheme}://{url.Host}:{(url.Port == 0 ? 0 : port)}";
    }

    /// <summary>Where another role of the process listens; null where there is none such, or its port is any.
    /// </summary>
    public Uri? UrlOf(ServePart part, ParseResult parsed, Option<string> listen)
    {
        if (IsAlone || !Has(part.Name)) return null;
        var isTold = parsed.GetResult(listen) is { Implicit: false };
        var url = new Uri(isTold ? ListenOf(parsed, listen, part.Port) : $"http://127.0.0.1:{part.Port}");
        return url.Port == 0 ? null : url;
    }
}
