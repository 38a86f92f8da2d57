using System.Globalization;
using Roost.Rpc;

namespace Roost.Scenarios;

/// <summary>How large a scenario is played. What a scenario has no use for is 0, and not asked for.</summary>
/// <param name="Accounts">Whose accounts is said by each scenario: of the world, or followers of the giant.</param>
/// <param name="Posts">Posts in all.</param>
/// <param name="Seconds">How long its main part lasts.</param>
/// <param name="PostRate">Posts a second.</param>
/// <param name="ReadRate">Pages a second.</param>
internal sealed record ScenarioSizes(
    int Accounts, int Posts = 0, int Seconds = 0, int PostRate = 0, int ReadRate = 0)
{
    /// <summary>These, where nothing else was asked for.</summary>
    public ScenarioSizes With(WantedSizes wanted) => new(
        wanted.Accounts ?? Accounts, wanted.Posts ?? Posts, wanted.Seconds ?? Seconds, wanted.PostRate ?? PostRate,
        wanted.ReadRate ?? ReadRate);

    /// <summary>Refuses a size out of its range, in words.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>.</exception>
    public static void Require(string option, int value, int least, int most)
    {
        if (value >= least && value <= most) return;
        throw new ServiceException(
            ErrorCode.Invalid,
            string.Create(CultureInfo.InvariantCulture, $"{option} must be {least} to {most} here, not {value}."));
    }
}

/// <summary>What was asked for on the command line; null is the scenario's own size.</summary>
internal sealed record WantedSizes(
    int? Accounts = null, int? Posts = null, int? Seconds = null, int? PostRate = null, int? ReadRate = null);
