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
        .. _options.All, _standBy, .. role.InFiles is null ? Array.Empty<Option>() : [_files],
    ];

    public override ServeStart Read(ParseResult parsed, ServePlace place) => _options.StartOf(
        role, parsed, place,
        options => options with
        {
            StandsBy = parsed.GetValue(_standBy),
            Files = role.InFiles is null ? null : parsed.GetValue(_files),
        });
}

/// <summary>What all have that <see cref="RoleServer"/> runs.</summary>
internal sealed class RoleOptions(int port)
{
    public Option<string> Data { get; } = DataOption.Create();

    public Option<string?> Database { get; } = DataOption.Database();

    public Option<string[]> Store { get; } = PlaceOptions.StoreOption();

    private readonly Option<string> _listen = PlaceOptions.ListenOption($"http://127.0.0.1:{port}");
    private readonly Option<string> _zone = PlaceOptions.ZoneOption();
    private readonly Option<string?> _admin = PlaceOptions.AdminOption();

    public IReadOnlyList<Option> All => [Data, Database, _listen, Store, _zone, _admin];

    public string DataOf(Role role, ParseResult parsed, ServePlace place) => DataOf(role.Name, parsed, place);

    public string DataOf(string role, ParseResult parsed, ServePlace place) =>
        place.DataOf(role, parsed.GetRequiredValue(Data));

    public string ListenOf(ParseResult parsed, ServePlace place) => place.ListenOf(parsed, _listen, port);

    /// <summary>As it was given; empty for none.</summary>
    public string[] StoreOf(ParseResult parsed) => parsed.GetValue(Store) ?? [];

    /// <param name="more">Adds what this role has besides; null for nothing.</param>
    public ServeStart StartOf(
        Role role, ParseResult parsed, ServePlace place, Func<ServeOptions, ServeOptions>? more = null)
    {
        var options = new ServeOptions(
            DataOf(role, parsed, place), ListenOf(parsed, place), PlaceOptions.StoreOf(StoreOf(parsed)),
            parsed.GetValue(_zone) ?? "", parsed.GetValue(Database))
        {
            Here = place.Here,
        };
        options = more?.Invoke(options) ?? options;
        return new ServeStart(options.StandsBy || role.Waits, async (admin, ct) =>
        {
            var server = await RoleServer.StartAsync(role, options, admin, ct);
            return new ServedPart($"{role.Name} is ready at {server.Url}.", server, server.Stopping, server.Lost);
        });
    }
}
