using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary>The accounts of a data directory that no server uses, for one command.</summary>
internal sealed class AccountsDirectory : IAsyncDisposable
{
    private readonly DataDirectory _data;
    private readonly UsersService _users;

    private AccountsDirectory(DataDirectory data, UsersService users) => (_data, _users) = (data, users);

    public UsersApi Users => _users.Api;

    public ModerationApi Moderation => _users.Moderation;

    /// <param name="create">Whether to make the directory when it is not there.</param>
    /// <exception cref="ServiceException">It is in use, damaged or not there.</exception>
    public static AccountsDirectory Open(string directory, bool create = false)
    {
        var tools = NodeTools.ForCommand();
        var data = DataDirectory.Open(directory, create);
        try
        {
            DataParts.Require(data);
            return new AccountsDirectory(
                data, UsersService.Open(data, new UsersOptions(), tools.Time, tools.Loggers, tools.Meters));
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: there is none of that name.</exception>
    public async ValueTask<AccountRecord> FindAsync(string name, CancellationToken ct) =>
        await Moderation.LookUp(new LookUpAccount(name), Call.Until(ct)) ?? throw new ServiceException(
            ErrorCode.Invalid, $"There is no account '{name}' in {_data.Path}. Give a username, without @.");

    public async ValueTask DisposeAsync()
    {
        await _users.DisposeAsync();
        _data.Dispose();
    }
}
