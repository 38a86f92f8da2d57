using Npgsql;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// A database of a PostgreSQL server, 15 or later, in which each service has a schema of its own: <c>roost_users</c>,
/// <c>roost_graph</c> and so on. Told by Npgsql's connection string, in which <c>Search Path</c> stands for the word
/// before the names of the services, <c>roost</c> unless told.
/// </summary>
public sealed class PostgresServer
{
    internal const int VersionMin = 15;

    private const string PrefixUsual = "roost";
    private const int ConnectSecondsUsual = 5;
    private const int CommandSecondsUsual = 60;

    // Statements of all services that a connection keeps prepared; the session keeps the commands anyway.
    private const int PreparedMax = 256;

    private readonly NpgsqlConnectionStringBuilder _settings;

    private PostgresServer(NpgsqlConnectionStringBuilder settings) => _settings = settings;

    /// <summary>What to say again to mean the same one, without the password.</summary>
    public string Remembered
    {
        get
        {
            var kept = new NpgsqlConnectionStringBuilder(_settings.ConnectionString);
            kept.Remove("Password");
            return kept.ConnectionString;
        }
    }

    /// <summary>Which one it is, for the operator.</summary>
    internal string Place => $"the database {Database} at {_settings.Host}:{_settings.Port}";

    internal string Database => _settings.Database ?? User;

    internal string User => _settings.Username ?? Environment.UserName;

    private string Prefix => string.IsNullOrEmpty(_settings.SearchPath) ? PrefixUsual : _settings.SearchPath;

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is no connection string; says
    /// why.</exception>
    public static PostgresServer Parse(string text)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException)
        {
            throw Wrong($"cannot be read: {exception.Message}", exception);
        }
        if (string.IsNullOrWhiteSpace(settings.Host)) throw Wrong("names no Host");
        var server = new PostgresServer(settings);
        return server.Prefix.All(sign => char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) || sign == '_')
            ? server
            : throw Wrong("has a Search Path with other signs than small letters, digits and _");
    }

    /// <summary>The schema of a service.</summary>
    internal string SchemaOf(string service) => $"{Prefix}_{service}";

    internal NpgsqlDataSource SourceOf(string schema)
    {
        var settings = new NpgsqlConnectionStringBuilder(_settings.ConnectionString)
        {
            SearchPath = schema,
            ApplicationName = schema,
            // Sessions are kept by ourselves, with the commands that are prepared on them.
            Pooling = false,
            MaxAutoPrepare = PreparedMax,
            AutoPrepareMinUsages = 2,
        };
        if (_settings.Timeout == new NpgsqlConnectionStringBuilder().Timeout)
            settings.Timeout = ConnectSecondsUsual;
        if (_settings.CommandTimeout == new NpgsqlConnectionStringBuilder().CommandTimeout)
            settings.CommandTimeout = CommandSecondsUsual;
        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        // Numbers, texts and bytes are known without asking the server for all its types at each start.
        source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return source.Build();
    }

    private static ServiceException Wrong(string why, Exception? inner = null) => new(
        ErrorCode.Invalid,
        $"What --database says {why}. Give a connection string like 'Host=127.0.0.1;Username=roost;Database=roost'.",
        inner: inner);
}
