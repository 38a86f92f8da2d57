using System.Data.Common;
using Npgsql;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// What a PostgreSQL server's errors mean, by their five letters (appendix A of its manual). Until the server has let
/// us in they are told to the operator, with what to do about them; afterwards to anybody.
/// </summary>
internal sealed class PostgresErrors(PostgresServer server, string schema)
{
    private const string TriesAgain = "Nothing was changed; it goes on by itself when the database is back.";

    public ServiceException Translate(DbException exception, bool isSetUp)
    {
        var detail = $"{schema} in {server.Place}: {exception.SqlState} {exception.Message}"
            + (exception.InnerException is { } inner ? $" ({inner.Message})" : "");
        var (code, message) = exception is PostgresException error ? Of(error, isSetUp) : OfWay(isSetUp);
        var told = isSetUp || code == ErrorCode.Internal ? detail : exception.Message;
        return new ServiceException(code, message, told, exception);
    }

    private (ErrorCode, string) OfWay(bool isSetUp) => isSetUp
        ? (ErrorCode.Unavailable, $"The database cannot be reached now. {TriesAgain}")
        : (ErrorCode.Unavailable,
            $"There is no answer from {server.Place}. Start the server, or give the right Host and Port with "
            + "--database.");

    private (ErrorCode, string) Of(PostgresException error, bool isSetUp) => error.SqlState switch
    {
        ['2', '3', ..] => (ErrorCode.Conflict, "That contradicts what is stored. Nothing was changed."),
        PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter =>
            (ErrorCode.Invalid, "Text must not hold the sign U+0000."),
        PostgresErrorCodes.ProgramLimitExceeded =>
            (ErrorCode.Invalid, "That is too long to be found again. Nothing was changed."),
        PostgresErrorCodes.DiskFull => (
            ErrorCode.StorageFull,
            "The database's disk is full: nothing was written, and nothing that was acknowledged is lost. It goes on "
            + "by itself when there is room."),
        PostgresErrorCodes.TooManyConnections => (
            ErrorCode.Unavailable,
            isSetUp ? "The database takes no more connections now. Try again in a moment."
                : $"The server of {server.Place} takes no more connections. Set its max_connections higher: Roost "
                    + "needs up to seven for each service."),
        ['2', '8', ..] => (
            ErrorCode.Forbidden,
            isSetUp ? "The database does not let this server in any more."
                : $"The user {server.User} is not let into {server.Place}. Give the right Username, and the Password "
                    + "with --database, in the environment's PGPASSWORD or in ~/.pgpass."),
        PostgresErrorCodes.InvalidCatalogName => (
            isSetUp ? ErrorCode.Unavailable : ErrorCode.NotFound,
            isSetUp ? "The database is gone." : $"There is no {server.Place[4..]}. Make it: createdb --encoding UTF8 "
                + $"--template template0 --owner {server.User} {server.Database}."),
        PostgresErrorCodes.InsufficientPrivilege => (
            isSetUp ? ErrorCode.Unavailable : ErrorCode.Forbidden,
            isSetUp ? "The database does not let this server do that."
                : $"The user {server.User} may not make what it needs in {server.Place}. Make it the owner: ALTER "
                    + $"DATABASE {server.Database} OWNER TO {server.User}."),
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            (ErrorCode.Unavailable, "The database can only be read now. Nothing was changed."),
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled or ['4', '0', ..] or ['5', '3', ..] =>
            (ErrorCode.Unavailable, "The database was too busy. Nothing was changed; try again in a moment."),
        ['5', '7', ..] or ['0', '8', ..] or ['2', '5', 'P', ..] => (
            ErrorCode.Unavailable,
            isSetUp ? $"The database was cut off. {TriesAgain}"
                : $"The server of {server.Place} is starting or stopping. Try again in a moment."),
        ['X', 'X', '0', '0', '1' or '2'] => (
            ErrorCode.DataDamaged,
            $"The database {schema} is damaged. Look at the server's log, and restore a backup."),
        _ => (ErrorCode.Internal, $"A statement to the database {schema} failed."),
    };
}
