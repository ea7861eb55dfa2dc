// Run once by the image of MongoDB, when its folder is empty: a user for Candor's database alone.
db.getSiblingDB("candor").createUser({
  user: "candor",
  pwd: process.env.MONGO_CANDOR_PASSWORD,
  roles: [{ role: "readWrite", db: "candor" }],
});
