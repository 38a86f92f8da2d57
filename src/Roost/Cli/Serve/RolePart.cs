using System.CommandLine;
using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary>A service that asks nobody: <c>roost serve users</c> and its likes.</summary>
internal sealed class RolePart(Role role, int port, string description) : ServePart(
    role.Name, port,
    $"{description}\n\n"
    + $"Example: roost serve {role.Name} --data {role.Name} --listen http://127.0.0.1:{port}, and then\n"
    + $"roost up --data rest --{role.Name} http://127.0.0.1:{port}")
{
    private readonly RoleOptions _options = new(port);
    private readonly Option<bool> _standBy = PlaceOptions.StandByOption();
    private readonly Option<string?> _files = PlaceOptions.FilesOption();

    public override IReadOnlyList<Option> Options =>
    [
        .. _options.All, _standBy, .. role.Place?.InFiles is null ? Array.Empty<Option>() : [_files],
    ];

    public override ServeStart Read(ParseResult parsed, ServePlace place) => _options.StartOf(
        role, parsed, place,
        options => options with
        {
            StandsBy = parsed.GetValue(_standBy),
            Files = role.Place?.InFiles is null ? null : parsed.GetValue(_files),
        });
}
