using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.WebPush;

/// <summary>Verifies <c>webpush.db</c> while no server runs: the database, that every subscription's account exists,
/// that its token can be read, and that the key is one.</summary>
public static class WebPushCheck
{
    private const string Place = WebPushService.Name + ".db, subscriptions";

    /// <param name="accountExists">Null when that cannot be told; then it is not checked.</param>
    /// <exception cref="ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair, Predicate<AccountId>? accountExists = null) =>
        new SqlCheck(
            data, WebPushService.Name, "WebPush", session => Look(session, data, accountExists)).Run(repair);

    private static SqlLook Look(SqlSession session, DataDirectory data, Predicate<AccountId>? accountExists)
    {
        var findings = new Findings();
        var unknown = new UnknownAccounts(accountExists);
        var subscriptions = SubscriptionStore.Read(session);
        foreach (var one in subscriptions)
            unknown.Look(one.Public.Account);
        unknown.AddTo(findings, Place, "subscriptions");
        LookAtKey(data, subscriptions, findings);
        return new SqlLook([("subscriptions", subscriptions.Count)], findings.All, null);
    }

    private static void LookAtKey(
        DataDirectory data, IReadOnlyList<StoredSubscription> subscriptions, Findings findings)
    {
        if (!File.Exists(data.FilePath(VapidKeys.FileName)))
            return;
        try
        {
            using var keys = VapidKeys.Open(data);
            foreach (var one in subscriptions.Where(one => keys.Open(one.SealedToken) is null))
            {
                findings.AddAlike(
                    FindingKind.Damage, Place, Place,
                    $"The subscription {one.Public.Id} was made with another key than {VapidKeys.FileName}.");
            }
        }
        catch (ServiceException damage)
        {
            findings.AddAlike(FindingKind.Damage, VapidKeys.FileName, VapidKeys.FileName, damage.Message);
        }
    }
}
