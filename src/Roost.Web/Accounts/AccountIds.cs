using Microsoft.Extensions.Primitives;
using Roost.Engine.Ids;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>Reads lists of account ids, as in <c>id[]=1&amp;id[]=2</c>.</summary>
internal static class AccountIds
{
    /// <summary>
    /// The ids in order, each once. What cannot be an id is passed over, as it would be if no account had it.
    /// </summary>
    /// <param name="name">What they were sent as, for the error when they are too many.</param>
    public static List<AccountId> Read(StringValues texts, int max, string name = "id")
    {
        if (texts.Count > max) throw Faults.Invalid($"{name}[] has {texts.Count} ids; the most is {max}.");
        var ids = new List<AccountId>(texts.Count);
        foreach (var text in texts)
        {
            if (AccountId.TryParse(text, out var id) && !ids.Contains(id)) ids.Add(id);
        }
        return ids;
    }
}
