using System.Data.Common;
using Roost.Services.Storage;

namespace Roost.Services.Users;

/// <param name="App">As others may see it: without its secret.</param>
internal sealed record StoredApp(App App, SecretHash SecretHash);

internal sealed partial class UsersStore
{
    private const string SelectApp =
        "SELECT id, name, website, redirect_uris, scopes, client_id, secret_hash FROM apps";

    public ValueTask<StoredApp> CreateAppAsync(
        CreateApp request, string clientId, SecretHash secret, DateTimeOffset at, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var id = (session.Number("SELECT max(id) FROM apps") ?? 0) + 1;
            session.Execute(
                """
                INSERT INTO apps (id, name, website, redirect_uris, scopes, client_id, secret_hash, created_at)
                VALUES (@id, @name, @website, @redirectUris, @scopes, @clientId, @secret, @at)
                """,
                id, request.Name, request.Website, string.Join('\n', request.RedirectUris), request.Scopes, clientId,
                secret.ToBytes(), at.ToUnixTimeMilliseconds());
            var app = new App(
                id, request.Name, request.Website, [.. request.RedirectUris], request.Scopes, clientId, null);
            return new StoredApp(app, secret);
        }, cancellation: ct);

    public StoredApp? FindApp(string clientId) => _database.Read(session =>
    {
        using var row = session.Query($"{SelectApp} WHERE client_id = @clientId", clientId);
        return row.Read() ? new StoredApp(AppOf(row), SecretHash.FromBytes(row.GetFieldValue<byte[]>(6))) : null;
    });

    public App? GetApp(long id) => _database.Read(session =>
    {
        using var row = session.Query($"{SelectApp} WHERE id = @id", id);
        return row.Read() ? AppOf(row) : null;
    });

    private static App AppOf(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1), NullableString(row, 2), row.GetString(3).Split('\n'), row.GetString(4),
        row.GetString(5), null);

    private static string? AppName(SqlSession session, long appId)
    {
        using var row = session.Query("SELECT name FROM apps WHERE id = @id", appId);
        return row.Read() ? row.GetString(0) : null;
    }
}
