using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Services.Community;

/// <summary>
/// Removes what accounts leave that are being deleted (<see cref="Standing.Deleting"/>):
/// <list type="number">
/// <item>its posts, those that were to come, and boosts; its favourites and bookmarks;</item>
/// <item>whom it follows and who follows it, its blocks, mutes, lists, filters, hashtags and collections;</item>
/// <item>its profile with its pictures, address and password, after which it is <see cref="Standing.Deleted"/>.</item>
/// </list>
/// What was decided is in the account's row, so a removal that was cut off is gone on with after the next start; every
/// step passes over what is gone already.
/// </summary>
public sealed class Removals(RemovalPeers peers, TimeProvider time, ILogger<Removals> logger) : IAsyncDisposable
{
    private const int AccountsPerTurn = 1_000;

    private readonly Leavings _leavings = new(peers);
    private readonly Bell _bell = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Task _running = Task.CompletedTask;

    /// <summary>Removes what an earlier run left, and from now on what <see cref="Heeding"/> hears of.</summary>
    public void Start() => _running = Background.RunAsync("removals", RunAsync, time, logger, _stopping.Token);

    /// <summary>The function that decides on accounts, so that whom it begins to delete is removed.</summary>
    public Service<ChangeStanding, Account?> Heeding(Service<ChangeStanding, Account?> change) =>
        async (request, call) =>
        {
            var changed = await change(request, call);
            if (request.Delete) _bell.Ring();
            return changed;
        };

    /// <summary>Removes all that wait; answers when they are gone.</summary>
    public async Task RemoveAllAsync(CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            var call = Call.Until(ct);
            IReadOnlyList<AccountRecord> waiting;
            do
            {
                waiting = await peers.Moderation.List(
                    new ListAccounts([Standing.Deleting], Limit: AccountsPerTurn), call);
                foreach (var record in waiting) await _leavings.RemoveAsync(record.Account, call);
            }
            while (waiting.Count == AccountsPerTurn);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _turn.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var rung = _bell.Next();
            await RemoveAllAsync(ct);
            await rung.WaitAsync(ct);
        }
    }
}
