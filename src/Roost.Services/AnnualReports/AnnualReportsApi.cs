using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.AnnualReports;

/// <summary>What the AnnualReports service can be asked: what an account did in a year, made of its own posts and
/// follows when it is asked for, and kept.</summary>
public sealed record AnnualReportsApi(
    Service<GetReportState, AnnualReportState> State,
    Service<MakeReport, AnnualReportState> Make,
    Service<ListAnnualReports, IReadOnlyList<AnnualReport>> Unread,
    Service<GetAnnualReport, AnnualReport?> Get,
    Service<MarkReportRead, bool> Read,
    Service<EraseReports, bool> Erase,
    Service<AwaitReports, bool> Made);

public enum AnnualReportState
{
    /// <summary>Neither there nor to be had: another year, too early in it, or nothing was posted.</summary>
    Ineligible,
    /// <summary>It can be made.</summary>
    Eligible,
    Generating,
    Available,
}

/// <summary>What somebody does most, as clients name it. Kept as numbers: values are never reused.</summary>
public enum Archetype : byte
{
    /// <summary>Posts little.</summary>
    Lurker = 0,
    Booster = 1,
    Pollster = 2,
    Replier = 3,
    Oracle = 4,
}

/// <param name="Months">Twelve, January first.</param>
/// <param name="Tags">Those used more than once, most used first, at most 40.</param>
public sealed record AnnualReport(
    AccountId Account, int Year, Archetype Archetype, IReadOnlyList<MonthFigures> Months,
    IReadOnlyList<TagFigure> Tags, TopPosts Top);

/// <param name="Posts">Boosts too.</param>
/// <param name="Following">Follows of that month that still hold; so are <paramref name="Followers"/>.</param>
public sealed record MonthFigures(int Posts, int Following, int Followers);

public sealed record TagFigure(string Name, int Count);

/// <summary>Public posts, each named once; <c>default</c> where nobody did such a thing.</summary>
/// <param name="Boosted">The one boosted most.</param>
/// <param name="Favourited">Of the others the one favourited most.</param>
/// <param name="Answered">Of the others the one answered most.</param>
public sealed record TopPosts(PostId Boosted, PostId Favourited, PostId Answered);

public sealed record GetReportState(AccountId Account, int Year);

/// <summary>Begins to make a report, if it can be had and is not there; the reply is how it stands then.</summary>
public sealed record MakeReport(AccountId Account, int Year);

/// <summary>Those made that the account has not read, newest year first.</summary>
public sealed record ListAnnualReports(AccountId Account);

/// <summary>The reply is null when there is none.</summary>
public sealed record GetAnnualReport(AccountId Account, int Year);

/// <summary>False: there is none.</summary>
public sealed record MarkReportRead(AccountId Account, int Year);

/// <summary>Removes all of an account's. The reply says whether there were any.</summary>
public sealed record EraseReports(AccountId Account);

/// <summary>Answers, with true, when all that were asked for before are made.</summary>
public sealed record AwaitReports;
